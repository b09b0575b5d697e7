//! A server on loopback that does as it is told, for the tests of connections.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// It is closed once it has said as whom.
    Closed,
    /// It hears nothing any more.
    Silence,
    /// It is refused with a SQLSTATE and these words.
    Refused(&'static str, &'static str),
    /// It is let in, and so many of its messages are answered.
    Answers(usize),
}

/// The server; it ends with the runtime of its test.
pub(super) struct Played {
    /// Its port on 127.0.0.1.
    pub(super) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    accepted: AtomicUsize,
    open: AtomicUsize,
    room: usize,
}

impl Played {
    /// One that answers so; the last answer holds for all later connections.
    pub(super) async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with_room_for(usize::MAX, answers).await
    }

    /// One with room for so many sessions at once.
    pub(super) async fn with_room_for(
        room: usize,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let shared = Arc::new(Shared {
            answers: Mutex::new(answers.into_iter().collect()),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            room,
        });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = accepting.clone();
                // Whoever leaves early is done.
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Self { port, shared }
    }

    /// How many connections there were.
    pub(super) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        self.accepted.fetch_add(1, Ordering::SeqCst);
        let answer = {
            let mut answers = self.answers.lock().expect("nobody panics with it");
            match answers.len() {
                0 | 1 => answers.front().copied(),
                _ => answers.pop_front(),
            }
        };
        packet(&mut stream).await?;
        match answer.unwrap_or(Answer::Closed) {
            Answer::Closed => Ok(()),
            Answer::Silence => std::future::pending().await,
            Answer::Refused(sqlstate, message) => refuse(&mut stream, sqlstate, message).await,
            Answer::Answers(_) if self.open.load(Ordering::SeqCst) >= self.room => {
                refuse(&mut stream, "53300", "too many connections for role").await
            }
            Answer::Answers(count) => {
                self.open.fetch_add(1, Ordering::SeqCst);
                let ended = converse(&mut stream, count).await;
                self.open.fetch_sub(1, Ordering::SeqCst);
                ended
            }
        }
    }
}

/// Lets the client in, and answers its messages with nothing.
async fn converse(stream: &mut TcpStream, count: usize) -> io::Result<()> {
    const AUTHENTICATED: &[u8] = b"R\0\0\0\x08\0\0\0\0";
    const READY: &[u8] = b"Z\0\0\0\x05I";
    const EMPTY_QUERY: &[u8] = b"I\0\0\0\x04";
    stream.write_all(AUTHENTICATED).await?;
    stream.write_all(READY).await?;
    for _ in 0..count {
        match stream.read_u8().await? {
            b'X' => return Ok(()),
            b'Q' => stream.write_all(EMPTY_QUERY).await?,
            _ => {}
        }
        packet(stream).await?;
        stream.write_all(READY).await?;
    }
    std::future::pending().await
}

async fn refuse(stream: &mut TcpStream, sqlstate: &str, message: &str) -> io::Result<()> {
    let fields = format!("SFATAL\0C{sqlstate}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("it is short");
    stream.write_u8(b'E').await?;
    stream.write_u32(length).await?;
    stream.write_all(fields.as_bytes()).await
}

/// Reads what begins with its length.
async fn packet(stream: &mut TcpStream) -> io::Result<()> {
    let length = stream.read_u32().await? as usize;
    let mut rest = vec![0; length.saturating_sub(4)];
    stream.read_exact(&mut rest).await?;
    Ok(())
}
