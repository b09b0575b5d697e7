//! The gate in front of a server: TLS, and who must log in with what, as RDS decides it.
//!
//! `session` is one connection; `rule` says who must use IAM; `token` verifies tokens; `loan`
//! lets members of `rds_replication` stream; `statements` has what RDS treats otherwise than stock PostgreSQL does.

mod loan;
mod rule;
mod session;
mod startup;
mod statements;
mod token;
mod traffic;

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::ServerConfig;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use rule::{Catalog, RoleRights};
pub use token::{Login, Refusal, verify};

use self::{loan::Loans, traffic::Traffic};
use crate::{
    clock::Clock,
    model::{AccessKeys, RunningSettings},
    postgres::Server,
};

/// How long to wait when no connection can be accepted, as with too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a gate is made of.
pub struct Options {
    /// The server behind it.
    pub server: Arc<Server>,
    /// Major version of the server.
    pub major: u16,
    /// The names that tokens may be signed for.
    pub hosts: Vec<String>,
    /// The port that tokens are signed for.
    pub port: u16,
    /// The region that tokens are signed for.
    pub region: String,
    /// Who may sign tokens.
    pub access_keys: Arc<AccessKeys>,
    /// What time it is for tokens.
    pub clock: Clock,
    /// What is enforced at the moment.
    pub settings: watch::Receiver<RunningSettings>,
    /// TLS with a certificate for the hosts.
    pub tls: Arc<ServerConfig>,
}

/// What all connections share.
struct Shared {
    options: Options,
    acceptor: TlsAcceptor,
    catalog: Catalog,
    loans: Loans,
    superuser_loans: Loans,
    traffic: Traffic,
    /// Ends the connections of the moment.
    connected: Mutex<CancellationToken>,
}

/// A running gate.
pub struct Gate {
    shared: Arc<Shared>,
    connect_port: u16,
    stopped: CancellationToken,
    listening: JoinHandle<()>,
    sessions: TaskTracker,
}

impl Gate {
    /// Starts one behind a listener.
    ///
    /// # Errors
    /// When the listener does not know its port.
    pub fn start(listener: TcpListener, options: Options) -> io::Result<Self> {
        let connect_port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            acceptor: TlsAcceptor::from(options.tls.clone()),
            catalog: Catalog::new(options.server.clone(), options.major),
            loans: Loans::new(options.server.clone(), "REPLICATION"),
            superuser_loans: Loans::new(options.server.clone(), "SUPERUSER"),
            traffic: Traffic::default(),
            connected: Mutex::default(),
            options,
        });
        let stopped = CancellationToken::new();
        let sessions = TaskTracker::new();
        let listening = tokio::spawn(listen(
            listener,
            shared.clone(),
            stopped.clone(),
            sessions.clone(),
        ));
        Ok(Self {
            shared,
            connect_port,
            stopped,
            listening,
            sessions,
        })
    }

    /// The port to connect to.
    pub fn connect_port(&self) -> u16 {
        self.connect_port
    }

    /// What has come through: logins by user, and how many statements.
    pub fn traffic(&self) -> Value {
        self.shared.traffic.to_json()
    }

    /// Ends all connections; new ones are taken.
    pub fn disconnect_all(&self) {
        let mut connected = lock(&self.shared.connected);
        connected.cancel();
        *connected = CancellationToken::new();
    }

    /// Ends everything.
    pub async fn stop(&self) {
        self.stopped.cancel();
        self.listening.abort();
        self.disconnect_all();
        self.sessions.close();
        self.sessions.wait().await;
        self.shared.catalog.disconnect().await;
    }
}

/// A listener at a free port of 127.0.0.1.
///
/// # Errors
/// When there is no free port.
pub async fn listener() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

async fn listen(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: CancellationToken,
    sessions: TaskTracker,
) {
    while !stopped.is_cancelled() {
        let (client, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connected = lock(&shared.connected).clone();
        let shared = shared.clone();
        sessions.spawn(async move {
            tokio::select! {
                () = connected.cancelled() => {}
                result = session::serve(&shared, client, peer.ip()) => {
                    if let Err(error) = result {
                        tracing::debug!(%peer, %error, "the connection broke off");
                    }
                }
            }
        });
    }
}

/// A panic elsewhere leaves nothing half-done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
