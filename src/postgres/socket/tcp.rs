//! TCP connections: to whichever address of a name answers first, and noticed when the other side is gone.

use std::{io, net::SocketAddr, time::Duration};

use futures::{StreamExt as _, stream::FuturesUnordered};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, sleep_until},
};

/// How long one address is given before the next one is tried beside it: the Connection Attempt Delay of
/// <https://www.rfc-editor.org/rfc/rfc8305#section-5>.
const HEAD_START: Duration = Duration::from_millis(250);
/// How long a connection is silent before the other side is asked whether it is there.
const KEEPALIVE_TIME: Duration = Duration::from_secs(10);
/// The pause between two such questions. The system gives up after some of them.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// How long what was sent may stay without an acknowledgement: questions begin only after that.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Failed {
    /// The name has no address.
    NotFound(io::Error),
    /// No address took a connection.
    Refused(io::Error),
}

/// Connects to one of the addresses of a name, or to an address.
pub(super) async fn connect((host, port): (&str, u16)) -> Result<TcpStream, Failed> {
    let found = lookup_host((host, port)).await.map_err(Failed::NotFound)?;
    let stream = race(alternating(found.collect()))
        .await
        .map_err(Failed::Refused)?;
    settle(&stream).map_err(Failed::Refused)?;
    Ok(stream)
}

/// Sends what there is at once, and notices that the other side is gone without a word: a host that failed over
/// sends no more than that.
fn settle(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_TIME)
        .with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}

/// The addresses with their families taking turns, in the order of the resolver otherwise.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else {
        return addresses;
    };
    let is_first_family = |address: &SocketAddr| address.is_ipv6() == first.is_ipv6();
    let (ours, others): (Vec<_>, Vec<_>) = addresses.iter().partition(|one| is_first_family(one));
    let longest = ours.len().max(others.len());
    (0..longest)
        .flat_map(|at| [ours.get(at), others.get(at)])
        .flatten()
        .copied()
        .collect()
}

/// The first connection that is made. The next address is tried when the last one failed, or was given its head
/// start.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut next_at = Instant::now();
    loop {
        tokio::select! {
            biased;
            Some(outcome) = attempts.next() => match outcome {
                Ok(stream) => return Ok(stream),
                Err(failed) => {
                    error = failed;
                    next_at = Instant::now();
                }
            },
            () = sleep_until(next_at), if waiting.len() > 0 => {
                attempts.extend(waiting.next().map(TcpStream::connect));
                next_at = Instant::now() + HEAD_START;
            }
            else => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// An address that takes no connection and says nothing: its queue is full.
    async fn black_hole() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
        let socket = TcpSocket::new_v4().expect("a socket is free");
        socket
            .bind(([127, 0, 0, 1], 0).into())
            .expect("a port is free");
        let listener = socket.listen(0).expect("it can listen");
        let address = listener.local_addr().expect("it has an address");
        let mut waiting = Vec::new();
        while let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
        {
            waiting.push(stream);
        }
        (listener, waiting, address)
    }

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        (listener, address)
    }

    #[tokio::test]
    async fn race_passes_by_an_address_that_is_silent_and_one_that_refuses() {
        let (_listening, _queue, silent) = black_hole().await;
        let (closed, refusing) = listener().await;
        drop(closed);
        let (_open, answering) = listener().await;
        let raced = race(vec![silent, refusing, answering]);
        let stream = tokio::time::timeout(Duration::from_secs(3), raced)
            .await
            .expect("the silent one is not waited for")
            .expect("one of them answers");
        assert_eq!(stream.peer_addr().ok(), Some(answering));
    }

    #[tokio::test]
    async fn race_that_nobody_wins_ends_with_the_last_failure() {
        let (closed, refusing) = listener().await;
        drop(closed);
        let failed = race(vec![refusing, refusing]).await;
        let kind = failed.map(|_| ()).map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::ConnectionRefused));
        assert!(race(Vec::new()).await.is_err());
    }

    #[test]
    fn alternating_addresses_begin_with_the_family_that_the_resolver_prefers() {
        let address = |text: &str| text.parse::<SocketAddr>().expect("it is an address");
        let (a, b, c) = (address("[::1]:1"), address("[::2]:1"), address("1.2.3.4:1"));
        assert_eq!(alternating(vec![a, b, c]), [a, c, b]);
        assert_eq!(alternating(vec![c, a, b]), [c, a, b]);
        assert_eq!(alternating(Vec::new()), []);
    }

    #[tokio::test]
    async fn connection_is_asked_whether_it_is_there_while_it_is_silent() {
        let (_open, address) = listener().await;
        let stream = connect(("127.0.0.1", address.port()))
            .await
            .expect("it listens");
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().expect("it can be asked"));
        // Windows does not tell.
        #[cfg(unix)]
        assert_eq!(socket.tcp_keepalive_time().ok(), Some(KEEPALIVE_TIME));
    }
}
