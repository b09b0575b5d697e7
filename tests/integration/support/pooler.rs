//! A pooler in transaction mode: many clients share few sessions of the server, and a session is handed
//! to somebody else as soon as no transaction is open in it.

use std::{collections::HashMap, io, sync::Arc};

use bytes::BytesMut;
use postgres_protocol::{
    authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256},
    message::frontend,
};
use rds_emulator::{
    Cluster,
    messages::{Message, authentication},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Mutex, mpsc},
};

use super::{StandIn, port};

/// Codes of start-up packets.
const CANCEL_REQUEST: u32 = 80_877_102;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// What the pooler asks its clients for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: pgbouncer's `trust`.
    Nothing,
    /// The password as it is, of everybody, whatever it is: pgbouncer's `pam` and `plain`.
    Cleartext,
    /// Likewise of everybody but its administrator, whom it challenges: pgbouncer's `hba`.
    CleartextOfOthers,
}

/// Asks for an MD5 hash, with this salt.
const MD5: [u8; 8] = [0, 0, 0, 5, 1, 2, 3, 4];

/// A pooler on loopback, without TLS. Ends with the stand-in.
pub struct Pooler {
    /// Its port.
    pub port: u16,
    /// The sessions of the server that its clients share.
    pub sessions: usize,
}

struct Shared {
    asks: Asks,
    administrator: String,
    /// The server's port, past the gate.
    server: u16,
    parameters: Vec<Message>,
    idle: Mutex<mpsc::UnboundedReceiver<Session>>,
    hand_back: mpsc::UnboundedSender<Session>,
    /// By a client's own key: that of the session it has at this moment.
    keys: Mutex<HashMap<u32, Vec<u8>>>,
    clients: std::sync::atomic::AtomicU32,
}

/// A session of the server.
struct Session {
    stream: TcpStream,
    /// What a request to cancel carries.
    key: Vec<u8>,
}

impl Pooler {
    /// One that logs in as the master user, past the gate, so many times.
    pub fn start(stand_in: &StandIn, cluster: &Cluster, sessions: usize, asks: Asks) -> Self {
        let server = port_of(&cluster.superuser_url);
        let port = stand_in.block_on(async {
            let (hand_back, idle) = mpsc::unbounded_channel();
            let mut parameters = Vec::new();
            for _ in 0..sessions {
                let (session, said) = log_in(cluster, server)
                    .await
                    .expect("the master user can log in past the gate");
                parameters = said;
                hand_back.send(session).expect("the pool is there");
            }
            let shared = Arc::new(Shared {
                asks,
                administrator: cluster.master_username.clone(),
                server,
                parameters,
                idle: Mutex::new(idle),
                hand_back,
                keys: Mutex::default(),
                clients: std::sync::atomic::AtomicU32::new(1),
            });
            port::serve(move |client| {
                let shared = shared.clone();
                async move {
                    // Who leaves is gone.
                    let _ended = serve(client, &shared).await;
                }
            })
            .await
        });
        Self { port, sessions }
    }

    /// A libpq URI for a client.
    pub fn url(&self, cluster: &Cluster) -> String {
        format!(
            "postgresql://{}:{}@127.0.0.1:{}/{}?sslmode=disable",
            cluster.master_username, cluster.master_password, self.port, cluster.database
        )
    }
}

/// The port in the URI of a superuser.
pub fn port_of(url: &str) -> u16 {
    let config: tokio_postgres::Config = url.parse().expect("a URI");
    config.get_ports()[0]
}

async fn serve(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let parameters = loop {
        let length = client.read_u32().await? as usize;
        let code = client.read_u32().await?;
        let mut rest = vec![0; length.saturating_sub(8).min(10_000)];
        client.read_exact(&mut rest).await?;
        match code {
            SSL_REQUEST | GSS_REQUEST => client.write_all(b"N").await?,
            CANCEL_REQUEST => return cancel(&rest, shared).await,
            _ => break rest,
        }
    };
    let mut parameters = parameters.split(|byte| *byte == 0);
    let is_administrator = parameters.any(|name| name == b"user")
        && parameters.next() == Some(shared.administrator.as_bytes());
    let cleartext = Message::authentication(authentication::CLEARTEXT_PASSWORD);
    let question = match shared.asks {
        Asks::Nothing => None,
        Asks::CleartextOfOthers if is_administrator => Some(Message {
            tag: b'R',
            body: MD5.to_vec(),
        }),
        Asks::Cleartext | Asks::CleartextOfOthers => Some(cleartext),
    };
    if let Some(question) = question {
        question.write(&mut client).await?;
        if Message::read(&mut client).await?.is_none() {
            return Ok(());
        }
    }
    let own = shared
        .clients
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Message::authentication(authentication::OK)
        .write(&mut client)
        .await?;
    for parameter in &shared.parameters {
        parameter.write(&mut client).await?;
    }
    let body = [own.to_be_bytes(), own.to_be_bytes()].concat();
    Message { tag: b'K', body }.write(&mut client).await?;
    ready(b'I').write(&mut client).await?;
    let ended = transactions(&mut client, own, shared).await;
    shared.keys.lock().await.remove(&own);
    ended
}

/// One transaction after another, each on a session of the pool.
async fn transactions(client: &mut TcpStream, own: u32, shared: &Shared) -> io::Result<()> {
    while let Some(first) = Message::read(client).await? {
        if first.tag == b'X' {
            return Ok(());
        }
        let taken = shared.idle.lock().await.recv().await;
        let Some(mut session) = taken else {
            return Ok(());
        };
        shared.keys.lock().await.insert(own, session.key.clone());
        let ended = transaction(client, first, &mut session.stream).await;
        shared.keys.lock().await.remove(&own);
        if ended.is_err() {
            // The client left it in the middle, and the next one must not find that.
            exchange(&mut session.stream, "ROLLBACK").await?;
        }
        // The pool ends with the test.
        let _handed_back = shared.hand_back.send(session);
        ended?;
    }
    Ok(())
}

/// Passes messages on until the server says that no transaction is open.
async fn transaction(
    client: &mut TcpStream,
    first: Message,
    server: &mut TcpStream,
) -> io::Result<()> {
    let mut message = first;
    loop {
        message.write(server).await?;
        // What is answered at once: a query, or the end of a series of messages.
        if matches!(message.tag, b'Q' | b'S') {
            let (state, client_left) = answers(client, server).await?;
            if client_left {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            if state == b'I' {
                return Ok(());
            }
        }
        message = match Message::read(client).await? {
            Some(next) if next.tag != b'X' => next,
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
    }
}

/// Passes the server's answers on, up to its readiness, also where nobody listens any more; the state
/// of the transaction, and whether the client left.
async fn answers(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<(u8, bool)> {
    let mut client_left = false;
    loop {
        let answer = Message::read(server).await?;
        let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
        client_left = client_left || answer.write(client).await.is_err();
        if answer.tag == b'Z' {
            let state = answer.body.first().copied().unwrap_or_default();
            return Ok((state, client_left));
        }
    }
}

/// Passes a request to cancel on, to the session that its client has.
async fn cancel(key: &[u8], shared: &Shared) -> io::Result<()> {
    let own = key.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    let session = match own {
        Some(own) => shared.keys.lock().await.get(&own).cloned(),
        None => None,
    };
    let Some(key) = session else {
        return Ok(());
    };
    let length = u32::try_from(8 + key.len()).map_err(io::Error::other)?;
    let mut server = TcpStream::connect(("127.0.0.1", shared.server)).await?;
    server.write_u32(length).await?;
    server.write_u32(CANCEL_REQUEST).await?;
    server.write_all(&key).await?;
    server.shutdown().await
}

async fn exchange(server: &mut TcpStream, statement: &str) -> io::Result<()> {
    let mut query = BytesMut::new();
    frontend::query(statement, &mut query)?;
    server.write_all(&query).await?;
    while Message::read(server)
        .await?
        .ok_or(io::ErrorKind::UnexpectedEof)?
        .tag
        != b'Z'
    {}
    Ok(())
}

/// A session of the master user, and the parameters that the server told.
async fn log_in(cluster: &Cluster, port: u16) -> io::Result<(Session, Vec<Message>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut startup = BytesMut::new();
    let parameters = [
        ("user", cluster.master_username.as_str()),
        ("database", cluster.database.as_str()),
    ];
    frontend::startup_message(parameters, &mut startup)?;
    stream.write_all(&startup).await?;
    let mut scram = ScramSha256::new(
        cluster.master_password.as_bytes(),
        ChannelBinding::unsupported(),
    );
    let (mut key, mut told) = (Vec::new(), Vec::new());
    while let Some(message) = Message::read(&mut stream).await? {
        let mut reply = BytesMut::new();
        match (message.tag, message.authentication_kind()) {
            (b'Z', _) => return Ok((Session { stream, key }, told)),
            (_, Some(authentication::SASL)) => {
                frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut reply)?;
            }
            (_, Some(authentication::SASL_CONTINUE)) => {
                scram.update(&message.body[4..])?;
                frontend::sasl_response(scram.message(), &mut reply)?;
            }
            (_, Some(authentication::SASL_FINAL)) => scram.finish(&message.body[4..])?,
            (b'K', _) => key = message.body,
            (b'S', _) => told.push(message),
            (b'E', _) => return Err(io::Error::other(format!("{:?}", message.error()))),
            _ => {}
        }
        stream.write_all(&reply).await?;
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn ready(state: u8) -> Message {
    Message {
        tag: b'Z',
        body: vec![state],
    }
}
