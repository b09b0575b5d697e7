//! Connections: accepted, put through TLS where that is asked for, and handed to the server.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{service::Routes, transport::server::Connected};

use super::{
    lifecycle::{Lifecycle, OpenConnection},
    listener::{AsyncListener, Socket},
};

/// How long a client may take for the TLS handshake. One machine, so milliseconds are usual.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be accepted, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many accepted connections may wait for the server.
const BACKLOG: usize = 16;

/// The connections of a listener, until the process ends, each with the `routes` that it leads to. A client that fails
/// the TLS handshake is turned away without disturbing the others.
pub(super) fn accept(
    listener: AsyncListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    lifecycle: Lifecycle,
    routes: impl Fn() -> Routes + Send + Sync + 'static,
) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    let acceptor = tls.map(TlsAcceptor::from);
    let ending = lifecycle.ending();
    tokio::spawn(async move {
        let accept_all = async {
            loop {
                match listener.accept().await {
                    Ok(socket) => {
                        let admitted = admit(socket, acceptor.clone(), lifecycle.clone(), routes());
                        let sender = sender.clone();
                        tokio::spawn(async move {
                            match admitted.await {
                                // Nobody receives once the server is ending.
                                Ok(connection) => drop(sender.send(Ok(connection)).await),
                                Err(error) => {
                                    tracing::warn!(%error, "a client was turned away");
                                }
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accept_all => {}
            () = ending => {}
        }
    });
    ReceiverStream::new(receiver)
}

async fn admit(
    socket: Socket,
    acceptor: Option<TlsAcceptor>,
    lifecycle: Lifecycle,
    routes: Routes,
) -> io::Result<Connection> {
    let stream = match acceptor {
        None => Transport::Plain(socket),
        Some(acceptor) => {
            let accepted = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket)).await;
            Transport::Tls(Box::new(accepted.map_err(io::Error::from)??))
        }
    };
    Ok(Connection {
        stream,
        routes,
        _open: lifecycle.count_connection(),
    })
}

#[derive(Debug)]
enum Transport {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

/// A connection with a client that may call.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Transport,
    routes: Routes,
    _open: OpenConnection,
}

impl Connected for Connection {
    type ConnectInfo = Routes;

    /// Where the connection leads: who is connected was settled by TLS.
    fn connect_info(&self) -> Routes {
        self.routes.clone()
    }
}

/// Calls the same method of whichever stream the connection has.
macro_rules! forward {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        match &mut $self.get_mut().stream {
            Transport::Plain(stream) => Pin::new(stream).$method($($argument),*),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).$method($($argument),*),
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        forward!(self.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        forward!(self.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self.poll_write_vectored(cx, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self.poll_shutdown(cx))
    }
}
