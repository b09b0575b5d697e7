//! Ports of loopback.

use tokio::net::{TcpListener, TcpStream};

/// Listens on a free port.
pub async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    (listener, port)
}

/// Serves each client of a free port by itself, until the runtime ends.
pub async fn serve<F>(client: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, port) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(client(stream));
        }
    });
    port
}
