//! Connections to one database: made on demand, kept for the next, never more than allowed.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use deadpool::managed;
use tokio_postgres::{Client, NoTls, config::SslMode as ClientTls};

use super::{
    dial::{Address, Dialer},
    pooled_client::{Manager, PooledClient},
    probe,
    session::SocketSession,
};
use crate::{
    causes::chain,
    postgres::{
        AuthRequest, ConnectionKind, Error, PasswordError,
        limited::limited,
        statement::APPLICATION_NAME,
        transport::{AskAuthentication, Session, Transport},
    },
    scope::{GaveUp, Scope},
    secret::Secret,
};

/// The first pause before another attempt to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Attempts to connect: a failover or a resuming cluster takes some seconds.
const ATTEMPTS: usize = 4;
/// How long it may take to log in once more, where that is not needed.
const SPARE: Duration = Duration::from_secs(3);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(10);

/// Where the password of each physical connection comes from.
#[async_trait]
pub trait PasswordSource: std::fmt::Debug + Send + Sync {
    /// The password for one attempt to log in.
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError>;

    /// Whether it may be rotated: after one was refused, another may be there.
    fn may_rotate(&self) -> bool;

    /// Whether it is an IAM token.
    fn is_token(&self) -> bool {
        false
    }
}

/// Which database, as whom, and with how many connections at most.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub address: Address,
    /// The database.
    pub database: String,
    /// The user.
    pub username: String,
    /// Connections that are open at once at most.
    pub max_connections: usize,
}

/// Connections to one database; one that nobody used for ten seconds is closed.
#[derive(Debug)]
pub struct Pool {
    settings: Settings,
    dialer: Arc<Dialer>,
    source: Arc<dyn PasswordSource>,
    clients: managed::Pool<Manager>,
    idle_watch: Once,
}

impl Pool {
    /// A pool that contacts nothing before its first use.
    ///
    /// # Errors
    /// When the root certificates cannot be read.
    pub fn new(settings: Settings, source: Arc<dyn PasswordSource>) -> Result<Self, Error> {
        let dialer = Arc::new(Dialer::new(settings.address.clone())?);
        let clients = managed::Pool::builder(Manager)
            .max_size(settings.max_connections)
            .build()
            .map_err(|error| Error::Connection {
                endpoint: settings.address.endpoint(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            settings,
            dialer,
            source,
            clients,
            idle_watch: Once::new(),
        })
    }

    fn session(&self, pooled: managed::Object<Manager>) -> Box<dyn Session> {
        Box::new(SocketSession::new(pooled, self.dialer.clone()))
    }

    /// Closes connections that nobody uses any more: a run may touch many databases, and take long.
    fn watch_idle(&self) {
        let clients = self.clients.weak();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE / 2).await;
                let Some(clients) = clients.upgrade() else {
                    return;
                };
                clients.retain(|_, metrics| metrics.last_used() < IDLE);
            }
        });
    }

    /// Logs in, again after failures that pass, and once more with another password if the one at
    /// hand was refused.
    async fn connect(&self, scope: &Scope) -> Result<Client, Error> {
        let attempted = format!("connect to {}", self.endpoint());
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .build();
        let mut reread = self.source.may_rotate();
        let next = |error: &Error| {
            // A rotated secret shows as a wrong password.
            if error.is_invalid_password() && std::mem::take(&mut reread) {
                return Some(Duration::ZERO);
            }
            let pause = pauses.next().filter(|_| error.is_transient_connect())?;
            tracing::debug!(%error, ?pause, "connect again");
            Some(pause)
        };
        let log_in = || async { limited(scope, &attempted, self.log_in(scope)).await? };
        let connected = scope.retry(next, log_in).await;
        connected.map_err(|GaveUp { last, ended }| match ended {
            Some(ended) => Error::ended(&attempted, ended),
            None => last,
        })
    }

    async fn log_in(&self, scope: &Scope) -> Result<Client, Error> {
        let settings = &self.settings;
        let password = self.source.password(scope).await.map_err(Error::Password)?;
        let stream = self.dialer.dial().await?;
        let attempted = format!("log in as {:?}", settings.username);
        let failed = |error| Error::from_client(&attempted, &self.endpoint(), &error);
        let (client, connection) = tokio_postgres::Config::new()
            .user(&settings.username)
            .dbname(&settings.database)
            .password(password.expose())
            .application_name(APPLICATION_NAME)
            // TLS was agreed on while dialling.
            .ssl_mode(ClientTls::Disable)
            .connect_raw(stream, NoTls)
            .await
            .map_err(failed)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %chain(&error), "connection ended");
            }
        });
        Ok(client)
    }
}

#[async_trait]
impl Transport for Pool {
    fn endpoint(&self) -> String {
        self.settings.address.endpoint()
    }

    fn username(&self) -> &str {
        &self.settings.username
    }

    fn uses_tokens(&self) -> bool {
        self.source.is_token()
    }

    async fn open(&self, scope: &Scope) -> Result<Box<dyn Session>, Error> {
        let attempted = format!("connect to {}", self.endpoint());
        let mut pooled = limited(scope, &attempted, self.clients.get())
            .await?
            .map_err(|error| Error::Connection {
                endpoint: self.endpoint(),
                reason: error.to_string(),
            })?;
        if !pooled.is_connected() {
            *pooled = PooledClient::new(self.connect(scope).await?);
            self.idle_watch.call_once(|| self.watch_idle());
        }
        Ok(self.session(pooled))
    }

    async fn open_spare(&self, scope: &Scope) -> Option<Box<dyn Session>> {
        let at_once = managed::Timeouts {
            wait: Some(Duration::ZERO),
            ..managed::Timeouts::default()
        };
        let mut pooled = self.clients.timeout_get(&at_once).await.ok()?;
        if !pooled.is_connected() {
            let client = tokio::time::timeout(SPARE, self.log_in(scope)).await;
            *pooled = PooledClient::new(client.ok()?.ok()?);
        }
        Some(self.session(pooled))
    }

    fn authentication(&self) -> Option<&dyn AskAuthentication> {
        Some(self)
    }
}

#[async_trait]
impl AskAuthentication for Pool {
    async fn ask(
        &self,
        scope: &Scope,
        user: &str,
        kind: ConnectionKind,
    ) -> Result<AuthRequest, Error> {
        limited(
            scope,
            &format!("ask what the server demands of {user:?}"),
            probe::probe(&self.dialer, user, &self.settings.database, kind),
        )
        .await?
    }
}
