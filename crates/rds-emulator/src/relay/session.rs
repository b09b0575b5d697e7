//! One connection, message by message: TLS with both sides, start-up, login, queries.

use std::{
    io,
    net::Ipv4Addr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
        BufReader, DuplexStream,
    },
    net::TcpStream,
};

use super::{
    Shared,
    fault::{Cut, Effect, Phase},
    wire::WINDOW,
};
use crate::messages::{Message, StartupPacket, authentication, request};

/// One side of a connection, with or without TLS.
trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Buffered, so that it shows that something has come before that is read.
type Stream = BufReader<Box<dyn ByteStream>>;

/// Why a connection does not go on.
enum Broken {
    /// One side has gone.
    Io(io::Error),
    /// A fault has hit it.
    Hit(Effect),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A client, and the server that it talks to.
struct Session<'a> {
    shared: &'a Shared,
    client: Stream,
    server: Stream,
}

/// Serves a client until one side leaves or a fault ends it; how it ends.
pub(super) async fn serve(shared: &Shared, client: DuplexStream) -> Cut {
    let mut session = Session {
        shared,
        client: stream(client),
        server: closed(),
    };
    let answered = match session.run().await {
        Ok(()) | Err(Broken::Hit(Effect::Delay(_))) => Ok(()),
        Err(Broken::Io(error)) => Err(error),
        // Both ends stay open.
        Err(Broken::Hit(Effect::Cut(Cut::BlackHole))) => std::future::pending().await,
        Err(Broken::Hit(Effect::Cut(cut))) => return cut,
        Err(Broken::Hit(Effect::Fatal(sqlstate))) => session.refuse(sqlstate).await,
        Err(Broken::Hit(Effect::Scram)) => session.refuse_by_scram().await,
    };
    if let Err(error) = answered {
        tracing::debug!(%error, "the connection broke off");
    }
    Cut::Close
}

impl Session<'_> {
    async fn run(&mut self) -> Result<(), Broken> {
        self.shared.reach(Phase::Accepted).await?;
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.shared.server_port)).await?;
        server.set_nodelay(true)?;
        self.server = stream(server);
        let Some(startup) = self.begin().await? else {
            return Ok(());
        };
        self.shared.reach(Phase::StartUp).await?;
        self.server.write_all(&startup).await?;
        self.server.flush().await?;
        let _open = Open::new(&self.shared.sessions);
        self.pass_on().await
    }

    /// Agrees on TLS with both sides; the start-up message, or `None` when the client wants no session.
    async fn begin(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        while let Some(packet) = StartupPacket::read(&mut self.client).await? {
            match packet.code {
                request::SSL => {
                    self.shared.reach(Phase::SslRequest).await?;
                    self.server.write_all(&packet.bytes).await?;
                    self.server.flush().await?;
                    let answer = self.server.read_u8().await?;
                    self.client.write_all(&[answer]).await?;
                    self.client.flush().await?;
                    if answer == b'S' {
                        self.client.fill_buf().await?;
                        self.shared.reach(Phase::TlsHandshake).await?;
                        self.encrypt().await?;
                    }
                }
                request::GSS_ENCRYPTION => {
                    self.client.write_all(b"N").await?;
                    self.client.flush().await?;
                }
                request::CANCEL => {
                    self.server.write_all(&packet.bytes).await?;
                    self.server.flush().await?;
                    // The server closes once it has done so.
                    self.server.read_to_end(&mut Vec::new()).await?;
                    return Ok(None);
                }
                _ => return Ok(Some(packet.bytes)),
            }
        }
        Ok(None)
    }

    async fn encrypt(&mut self) -> io::Result<()> {
        let shared = self.shared;
        let server = std::mem::replace(&mut self.server, closed());
        let server = shared.connector.connect(shared.host.clone(), server);
        self.server = stream(server.await?);
        let client = std::mem::replace(&mut self.client, closed());
        self.client = stream(shared.acceptor.accept(client).await?);
        Ok(())
    }

    /// Passes everything on until one side leaves.
    async fn pass_on(&mut self) -> Result<(), Broken> {
        let shared = self.shared;
        let (mut from_client, mut to_client) = tokio::io::split(&mut self.client);
        let (mut from_server, mut to_server) = tokio::io::split(&mut self.server);
        let commits = AtomicBool::new(false);
        let upwards = async {
            let (mut answers, mut queries) = (0_u64, 0);
            while let Some(message) = Message::read(&mut from_client).await? {
                match message.tag {
                    b'p' => {
                        answers += 1;
                        if answers == 1 {
                            shared.reach(Phase::Authentication).await?;
                        }
                    }
                    b'Q' | b'P' => {
                        queries += 1;
                        shared.reach(Phase::Query(queries)).await?;
                        shared.reach_statement(&message.body).await?;
                        if has_commit(&message.body) {
                            shared.reach(Phase::Commit).await?;
                            commits.store(true, Ordering::SeqCst);
                        }
                    }
                    _ => {}
                }
                message.write(&mut to_server).await?;
            }
            to_server.shutdown().await?;
            Ok::<_, Broken>(())
        };
        let downwards = async {
            let mut buffer = vec![0; WINDOW];
            loop {
                let count = from_server.read(&mut buffer).await?;
                if count == 0 {
                    to_client.shutdown().await?;
                    return Ok(());
                }
                if commits.swap(false, Ordering::SeqCst) {
                    shared.reach(Phase::Committed).await?;
                }
                to_client.write_all(&buffer[..count]).await?;
                to_client.flush().await?;
            }
        };
        tokio::pin!(upwards, downwards);
        tokio::select! {
            // Where the server has ended the session, the client has nothing more to say.
            result = &mut downwards => result,
            result = &mut upwards => {
                result?;
                downwards.await
            }
        }
    }

    async fn refuse(&mut self, sqlstate: &str) -> io::Result<()> {
        Message::fatal(sqlstate, "the relay answers in the server's place")
            .write(&mut self.client)
            .await
    }

    async fn refuse_by_scram(&mut self) -> io::Result<()> {
        let mut asked = Message::authentication(authentication::SASL);
        asked.body.extend_from_slice(b"SCRAM-SHA-256\0\0");
        asked.write(&mut self.client).await?;
        // Whoever answers is refused; a probe leaves.
        if Message::read(&mut self.client).await?.is_none() {
            return Ok(());
        }
        self.refuse("28P01").await
    }
}

impl Shared {
    /// A connection has come to a phase; an effect that ends it is an error.
    async fn reach(&self, phase: Phase) -> Result<(), Broken> {
        self.reach_any(|one| one == phase).await
    }

    /// The same for phases that are texts in this message.
    async fn reach_statement(&self, body: &[u8]) -> Result<(), Broken> {
        let sql = String::from_utf8_lossy(body);
        self.reach_any(|phase| matches!(phase, Phase::Statement(text) if sql.contains(text)))
            .await
    }

    async fn reach_any(&self, is_there: impl Fn(Phase) -> bool) -> Result<(), Broken> {
        let sessions = self.sessions.load(Ordering::SeqCst);
        let Some(effect) = self.faults.hit(is_there, sessions) else {
            return Ok(());
        };
        self.hits.fetch_add(1, Ordering::SeqCst);
        match effect {
            Effect::Delay(delay) => {
                tokio::time::sleep(delay).await;
                Ok(())
            }
            effect => Err(Broken::Hit(effect)),
        }
    }
}

/// A session that the server has; counted until it is dropped.
struct Open<'a>(&'a AtomicU64);

impl<'a> Open<'a> {
    fn new(sessions: &'a AtomicU64) -> Self {
        sessions.fetch_add(1, Ordering::SeqCst);
        Self(sessions)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn stream(stream: impl ByteStream + 'static) -> Stream {
    BufReader::new(Box::new(stream))
}

/// Stands for a side that is not there yet.
fn closed() -> Stream {
    stream(tokio::io::join(tokio::io::empty(), tokio::io::sink()))
}

/// Whether one of the statements in a message is COMMIT.
fn has_commit(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    // A Parse message has a name first.
    text.split(['\0', ';'])
        .any(|statement| statement.trim().eq_ignore_ascii_case("COMMIT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_is_a_statement_of_its_own_in_any_message() {
        for text in [
            "COMMIT\0",
            "COMMIT; BEGIN\0",
            "name\0commit\0",
            "GRANT a TO b;\n Commit ;\0",
        ] {
            assert!(has_commit(text.as_bytes()), "{text:?}");
        }
        for text in ["SET synchronous_commit = on\0", "SELECT 'COMMIT'\0", "\0"] {
            assert!(!has_commit(text.as_bytes()), "{text:?}");
        }
    }
}
