//! A relay between the provider and the stand-in that can cut, hold, delay, and answer in the server's
//! place.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rds_emulator::messages::{Message, authentication};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

/// Codes of start-up packets: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
const SSL_REQUEST: u32 = 80_877_103;
const CANCEL_REQUEST: u32 = 80_877_102;

/// What becomes of a connection that is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is held open without a word.
    Silence,
    /// It is closed at once.
    Closed,
    /// Every user is asked for a password by SCRAM, and none is right: as RDS Proxy and poolers ask,
    /// which know their own list of users. Requests to cancel are passed on.
    Scram,
    /// A fatal error with this SQLSTATE, to every user. Requests to cancel are passed on.
    Fatal(&'static str),
}

/// Passes connections on to a port on loopback. Ends with the test's process.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    certificate: String,
}

struct Shared {
    /// Where to.
    port: u16,
    accepted: AtomicUsize,
    /// Those that are passed on at this moment.
    passed: Mutex<Vec<TcpStream>>,
    open: AtomicUsize,
    rule: Mutex<Rule>,
    frozen: AtomicBool,
    delay_milliseconds: AtomicU64,
    tls: Arc<ServerConfig>,
}

/// Which connections are passed on, and what the others hear.
#[derive(Clone, Copy)]
struct Rule {
    /// So many in all.
    in_all: usize,
    /// So many at once.
    at_once: usize,
    others: Answer,
}

impl Relay {
    /// A relay that passes everything on.
    pub fn to(port: u16) -> Self {
        Self::with_rule(
            port,
            "localhost",
            Rule {
                in_all: usize::MAX,
                at_once: usize::MAX,
                others: Answer::Closed,
            },
        )
    }

    /// A relay that passes so many connections on, and holds all later ones open without a word.
    pub fn passing(connections: usize, port: u16) -> Self {
        Self::with_rule(
            port,
            "localhost",
            Rule {
                in_all: connections,
                at_once: usize::MAX,
                others: Answer::Silence,
            },
        )
    }

    /// A relay with room for so many connections at once. While they are open, others get an answer of
    /// its own, under a certificate for the given host.
    pub fn with_room_for(sessions: usize, port: u16, host: &str, others: Answer) -> Self {
        Self::with_rule(
            port,
            host,
            Rule {
                in_all: usize::MAX,
                at_once: sessions,
                others,
            },
        )
    }

    fn with_rule(port: u16, host: &str, rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let (tls, certificate) = certified(host);
        let shared = Arc::new(Shared {
            port,
            accepted: AtomicUsize::new(0),
            passed: Mutex::default(),
            open: AtomicUsize::new(0),
            rule: Mutex::new(rule),
            frozen: AtomicBool::new(false),
            delay_milliseconds: AtomicU64::new(0),
            tls,
        });
        let accepting = shared.clone();
        thread::spawn(move || accept(&listener, &accepting));
        Self {
            address,
            shared,
            certificate,
        }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate under which it answers in the server's place, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Connections so far, held ones too.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Ends all connections; new ones are taken.
    pub fn cut(&self) {
        for stream in lock(&self.shared.passed).drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }

    /// Ends all connections and takes none any more.
    pub fn close(&self) {
        self.answer_all_with(Answer::Closed);
        self.cut();
    }

    /// Passes no connection on from now on; those that are open go on.
    pub fn answer_all_with(&self, answer: Answer) {
        *lock(&self.shared.rule) = Rule {
            in_all: 0,
            at_once: 0,
            others: answer,
        };
    }

    /// Holds all bytes back, in both directions, until [`Relay::thaw`]: a network that has gone away
    /// without a word.
    pub fn freeze(&self) {
        self.shared.frozen.store(true, Ordering::SeqCst);
    }

    /// Ends [`Relay::freeze`]; nothing is lost.
    pub fn thaw(&self) {
        self.shared.frozen.store(false, Ordering::SeqCst);
    }

    /// Delays what comes from either side.
    pub fn delay(&self, by: Duration) {
        let milliseconds = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.shared
            .delay_milliseconds
            .store(milliseconds, Ordering::SeqCst);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut held = Vec::new();
    for client in listener.incoming().flatten() {
        let number = shared.accepted.fetch_add(1, Ordering::SeqCst);
        let rule = *lock(&shared.rule);
        if number < rule.in_all && shared.open.load(Ordering::SeqCst) < rule.at_once {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", shared.port)) {
                relay(client, server, shared);
            }
            continue;
        }
        match rule.others {
            Answer::Silence => held.push(client),
            Answer::Closed => drop(client),
            answer => {
                let shared = shared.clone();
                thread::spawn(move || {
                    // Who leaves early is done.
                    let _ended = refuse(client, answer, &shared);
                });
            }
        }
    }
}

fn relay(client: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
    let clones = [&client, &client, &server, &server].map(TcpStream::try_clone);
    let [
        Ok(from_client),
        Ok(to_client),
        Ok(from_server),
        Ok(to_server),
    ] = clones
    else {
        return;
    };
    lock(&shared.passed).extend([client, server]);
    shared.open.fetch_add(1, Ordering::SeqCst);
    let upwards = shared.clone();
    thread::spawn(move || pass(from_client, to_server, &upwards));
    let shared = shared.clone();
    thread::spawn(move || {
        pass(from_server, to_client, &shared);
        shared.open.fetch_sub(1, Ordering::SeqCst);
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let mut buffer = [0; 1 << 14];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        thread::sleep(Duration::from_millis(
            shared.delay_milliseconds.load(Ordering::SeqCst),
        ));
        while shared.frozen.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _closed = to.shutdown(Shutdown::Write);
}

/// Answers in the server's place.
fn refuse(mut client: TcpStream, answer: Answer, shared: &Shared) -> io::Result<()> {
    let (code, packet) = packet(&mut client)?;
    if code != SSL_REQUEST {
        return refuse_startup(client, code, &packet, answer, shared);
    }
    client.write_all(b"S")?;
    let tls = ServerConnection::new(shared.tls.clone()).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(tls, client);
    let (code, packet) = self::packet(&mut client)?;
    refuse_startup(client, code, &packet, answer, shared)
}

fn refuse_startup(
    mut client: impl Read + Write,
    code: u32,
    packet: &[u8],
    answer: Answer,
    shared: &Shared,
) -> io::Result<()> {
    if code == CANCEL_REQUEST {
        return TcpStream::connect(("127.0.0.1", shared.port))?.write_all(packet);
    }
    if let Answer::Fatal(sqlstate) = answer {
        let message = Message::fatal(sqlstate, "the relay answers in the server's place");
        client.write_all(&message.to_bytes()?)?;
        return client.flush();
    }
    let mut asked = Message::authentication(authentication::SASL);
    asked.body.extend_from_slice(b"SCRAM-SHA-256\0\0");
    client.write_all(&asked.to_bytes()?)?;
    client.flush()?;
    // Whoever answers is refused; a probe leaves.
    client.read_exact(&mut [0])?;
    let refused = Message::fatal("28P01", "password authentication failed");
    client.write_all(&refused.to_bytes()?)?;
    client.flush()
}

/// A start-up packet with its code.
fn packet(client: &mut impl Read) -> io::Result<(u32, Vec<u8>)> {
    let mut packet = vec![0; 8];
    client.read_exact(&mut packet)?;
    let number = |at: usize| {
        let bytes: [u8; 4] = packet[at..at + 4].try_into().unwrap_or_default();
        u32::from_be_bytes(bytes)
    };
    let (length, code) = (number(0) as usize, number(4));
    if !(8..10_000).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    packet.resize(length, 0);
    client.read_exact(&mut packet[8..])?;
    Ok((code, packet))
}

/// TLS under a certificate for a host, and that certificate in PEM.
fn certified(host: &str) -> (Arc<ServerConfig>, String) {
    let own =
        rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate can be made");
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("it has a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("key and certificate belong together");
    (Arc::new(config), own.cert.pem())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
