//! Asking a server to give up what runs in a session.
//!
//! The request has no answer: the server closes the connection when it has passed the request on. Until then
//! it is kept open, as libpq does: PgBouncer 1.18 ends with all its clients when one that cancels is gone too
//! early.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS>

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio_postgres::{CancelToken, NoTls};

use super::dial::Stream;

/// How long the server may take to pass it on.
const PASSED_ON: Duration = Duration::from_secs(1);

/// Sends the request, and waits until the server has passed it on, or for a second.
///
/// # Errors
/// When it could not be sent.
pub(super) async fn request(
    mut stream: Box<dyn Stream>,
    token: &CancelToken,
) -> Result<(), tokio_postgres::Error> {
    token
        .cancel_query_raw(KeptOpen(&mut *stream), NoTls)
        .await?;
    let mut nothing = [0];
    let _closed = tokio::time::timeout(PASSED_ON, stream.read(&mut nothing)).await;
    Ok(())
}

/// A stream that whoever uses it does not close.
struct KeptOpen<'a>(&'a mut dyn Stream);

impl AsyncRead for KeptOpen<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().0).poll_read(context, buffer)
    }
}

impl AsyncWrite for KeptOpen<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
