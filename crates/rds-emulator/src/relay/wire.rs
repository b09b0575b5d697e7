//! The bytes between a client's socket and what reads them, as slow or as stuck as the network is.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    net::TcpStream,
    sync::watch,
};

/// What is under way at most in each direction, in bytes.
pub(super) const WINDOW: usize = 1 << 16;

/// What the network does to all bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// How long they take in each direction.
    pub(super) delay: Duration,
    /// Whether they are held back.
    pub(super) frozen: bool,
}

/// Carries bytes between a socket and a pipe, until the pipe is closed and the socket has all of it.
pub(super) async fn carry(
    socket: &mut TcpStream,
    pipe: DuplexStream,
    weather: watch::Receiver<Weather>,
) {
    let (from_client, to_client) = socket.split();
    let (from_pipe, to_pipe) = tokio::io::split(pipe);
    let upwards = pass(from_client, to_pipe, weather.clone());
    let downwards = pass(from_pipe, to_client, weather);
    tokio::pin!(upwards, downwards);
    tokio::select! {
        () = &mut downwards => {}
        () = &mut upwards => downwards.await,
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; WINDOW];
    loop {
        // A reset is an end, too.
        let count = from.read(&mut buffer).await.unwrap_or_default();
        let delay = weather.borrow().delay;
        tokio::time::sleep(delay).await;
        // Without a relay there is nobody who could hold anything back.
        let _gone = weather.wait_for(|weather| !weather.frozen).await.is_err();
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    let _closed = to.shutdown().await;
}
