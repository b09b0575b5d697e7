//! A network that can be told to go wrong, in front of a gate or any other PostgreSQL server on loopback.
//!
//! A [`Relay`] passes connections on, and speaks TLS with both sides, so that it sees what is said. A [`Fault`]
//! is what happens to connections that come to a [`Phase`]; it is scripted before they do. What concerns all
//! bytes and connections of the moment is a method: [`Relay::delay`], [`Relay::freeze`], [`Relay::cut`].
//!
//! ```no_run
//! # async fn example(emulator: rds_emulator::Emulator) -> Result<(), rds_emulator::Error> {
//! use rds_emulator::relay::{Cut, Fault, Phase};
//!
//! let relay = emulator.relay("orders").await?;
//! // The first COMMIT does not arrive, and nobody is told.
//! relay.add(Fault::at(Phase::Commit, Cut::BlackHole).times(1));
//! println!("connect to 127.0.0.1:{}", relay.port());
//! # Ok(())
//! # }
//! ```
//!
//! `fault` says what happens when; `wire` carries the bytes of one connection; `session` reads them.
//!
//! What it does not do: a client that starts with TLS before it asks (`sslnegotiation=direct`) is not
//! understood, and one that binds SCRAM to the channel is refused by a server that speaks TLS itself.

mod fault;
mod session;
mod wire;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rustls_pki_types::ServerName;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::fault::{Cut, Effect, Fault, Phase};
use self::{fault::Faults, wire::Weather};
use crate::{ca::CertificateAuthority, error::Error};

/// Connections that wait to be accepted at most.
const BACKLOG: u32 = 1024;
/// How long to wait when no connection can be accepted, or the port is not to be had.
const PAUSE: Duration = Duration::from_millis(20);

/// Passes connections on to a port on loopback. Ends all of them when it is dropped.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: watch::Sender<bool>,
    _running: DropGuard,
}

/// What all connections share.
struct Shared {
    server_port: u16,
    host: ServerName<'static>,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    faults: Faults,
    weather: watch::Sender<Weather>,
    /// How all connections of the moment were cut the last time.
    cut: watch::Sender<Option<Cut>>,
    accepted: AtomicU64,
    /// Whose start-up message the server has.
    sessions: AtomicU64,
    hits: AtomicU64,
}

impl Relay {
    /// A relay to a port on loopback. Towards clients its certificate is for the host, made by the authority;
    /// of the server it wants one for the same host by the same authority, or no TLS.
    ///
    /// # Errors
    /// When the host is no name, or there is no free port.
    pub async fn start(
        ca: &CertificateAuthority,
        host: &str,
        server_port: u16,
    ) -> Result<Self, Error> {
        let no_port = |source| Error::Io {
            what: "there is no free port",
            source,
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::Options(format!("{host:?} is not the name of a host")))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let shared = Arc::new(Shared {
            server_port,
            host: name,
            acceptor: TlsAcceptor::from(ca.server_config(&[host.to_owned()])?),
            connector: TlsConnector::from(ca.client_config()?),
            faults: Faults::default(),
            weather: watch::Sender::default(),
            cut: watch::Sender::default(),
            accepted: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
            hits: AtomicU64::new(0),
        });
        let stopped = CancellationToken::new();
        let (listening, wanted) = watch::channel(true);
        let accepting = listen(listener, address, wanted, shared.clone(), stopped.clone());
        tokio::spawn(stopped.clone().run_until_cancelled_owned(accepting));
        Ok(Self {
            address,
            shared,
            listening,
            _running: stopped.drop_guard(),
        })
    }

    /// The port on 127.0.0.1 to connect to.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connections that were accepted since the start, whatever became of them.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How often a fault has hit a connection since the start.
    pub fn hits(&self) -> u64 {
        self.shared.hits.load(Ordering::SeqCst)
    }

    /// From now on, this happens too. Of several faults the one that was added first comes first.
    pub fn add(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Forgets all faults; connections that are in a black hole stay there.
    pub fn forget_faults(&self) {
        self.shared.faults.clear();
    }

    /// How long bytes take in each direction, from those that come next; nothing unless told.
    pub fn delay(&self, by: Duration) {
        self.shared
            .weather
            .send_modify(|weather| weather.delay = by);
    }

    /// Holds all bytes back, in both directions, until [`Relay::thaw`]. New connections are accepted and
    /// get no answer.
    pub fn freeze(&self) {
        self.shared
            .weather
            .send_modify(|weather| weather.frozen = true);
    }

    /// Ends [`Relay::freeze`]; nothing is lost.
    pub fn thaw(&self) {
        self.shared
            .weather
            .send_modify(|weather| weather.frozen = false);
    }

    /// Ends all connections of the moment; new ones are taken. Those in a black hole stay there until the
    /// relay is dropped.
    pub fn cut(&self, cut: Cut) {
        self.shared.cut.send_replace(Some(cut));
    }

    /// Refuses new connections, as a host on which nobody listens, until [`Relay::listen`]; open ones go on.
    pub fn refuse(&self) {
        self.listening.send_replace(false);
    }

    /// Ends [`Relay::refuse`].
    pub fn listen(&self) {
        self.listening.send_replace(true);
    }
}

/// Accepts while that is wanted, and keeps the port in the meantime.
async fn listen(
    mut listener: TcpListener,
    address: SocketAddr,
    mut wanted: watch::Receiver<bool>,
    shared: Arc<Shared>,
    stopped: CancellationToken,
) {
    loop {
        tokio::select! {
            biased;
            () = until(&mut wanted, false) => {}
            accepted = listener.accept() => {
                match accepted {
                    Ok((client, _)) => {
                        shared.accepted.fetch_add(1, Ordering::SeqCst);
                        let cut = shared.cut.subscribe();
                        tokio::spawn(serve(shared.clone(), client, cut, stopped.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                continue;
            }
        }
        drop(listener);
        let reserved = reserve(address).await;
        until(&mut wanted, true).await;
        listener = match reserved.listen(BACKLOG) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the relay cannot listen again");
                return;
            }
        };
    }
}

/// Waits until listening is wanted or not; for ever when the relay is gone, with which all of this ends.
async fn until(wanted: &mut watch::Receiver<bool>, value: bool) {
    if wanted.wait_for(|wanted| *wanted == value).await.is_err() {
        std::future::pending().await
    }
}

/// A port that nobody listens on and nobody else gets.
async fn reserve(address: SocketAddr) -> TcpSocket {
    loop {
        let reserved = (|| -> io::Result<TcpSocket> {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        })();
        match reserved {
            Ok(socket) => return socket,
            // Somebody's outgoing connection can have it for a moment.
            Err(error) => tracing::debug!(%error, "the port is not free"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Serves one connection until it ends, is cut, or the relay ends.
async fn serve(
    shared: Arc<Shared>,
    mut client: TcpStream,
    cut: watch::Receiver<Option<Cut>>,
    stopped: CancellationToken,
) {
    if client.set_nodelay(true).is_err() {
        return;
    }
    let how = {
        let (near, far) = tokio::io::duplex(wire::WINDOW);
        let passed_on = async {
            let wire = wire::carry(&mut client, far, shared.weather.subscribe());
            tokio::pin!(wire);
            tokio::select! {
                () = &mut wire => Cut::Close,
                cut = session::serve(&shared, near) => {
                    if cut == Cut::Close {
                        wire.await;
                    }
                    cut
                }
            }
        };
        tokio::pin!(passed_on);
        let how = tokio::select! {
            how = &mut passed_on => how,
            how = next(cut) => how,
            () = stopped.cancelled() => Cut::Close,
        };
        if how == Cut::BlackHole {
            // What nobody drives stands still, with both its ends open.
            stopped.cancelled().await;
        }
        how
    };
    let _gone = match how {
        Cut::Reset => client.set_zero_linger(),
        Cut::Close | Cut::BlackHole => client.shutdown().await,
    };
}

/// How the connections of the moment are cut, once they are.
async fn next(mut cut: watch::Receiver<Option<Cut>>) -> Cut {
    match cut.changed().await {
        Ok(()) => cut.borrow_and_update().unwrap_or(Cut::Close),
        Err(_) => Cut::Close,
    }
}
