//! Connections to one database: made on demand, kept for the next, never more than allowed.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use deadpool::managed::{self, Metrics, Pool, RecycleError, RecycleResult};
use tokio_postgres::{
    Client, NoTls, SimpleQueryMessage, SimpleQueryRow, config::SslMode as ClientTls,
};

use super::{
    Address, Error, PasswordError,
    activity::Activity,
    dial::Dialer,
    probe::{self, Demanded, Kind},
    shared::{Shared, Writes},
    snapshot::Snapshot,
    statement,
};
use crate::{scope::Scope, secret::Secret};

/// The name under which the server lists the provider's connections.
const APPLICATION_NAME: &str = "terraform-provider-rdsiam";
/// Set at the start of each session. Nothing waits on a lock, runs or idles without end, and every
/// name means the catalogue's. Nothing is compiled: with many roles the planner takes walks through
/// memberships for expensive, and would compile for half a second what runs for a millisecond.
const SESSION: &str = "SET search_path = pg_catalog; SET lock_timeout = '10s'; \
                       SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '120s'; \
                       SET jit = off";
/// The first pause before another attempt to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Attempts to connect: a failover or a resuming cluster takes some seconds.
const ATTEMPTS: usize = 4;
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(10);
/// SQLSTATE of a wrong password: a rotated secret shows as this.
const INVALID_PASSWORD: &str = "28P01";

/// Where the password of each physical connection comes from.
#[async_trait]
pub trait PasswordSource: std::fmt::Debug + Send + Sync {
    /// The password for one attempt to log in.
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError>;

    /// Whether another password may be there a moment after one was refused.
    fn can_change(&self) -> bool;
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
pub struct Connector {
    settings: Settings,
    dialer: Arc<Dialer>,
    source: Arc<dyn PasswordSource>,
    pool: Pool<Manager>,
    idle_watch: Once,
    pub(super) writes: Arc<Writes>,
    pub(super) snapshot: Shared<Snapshot>,
    pub(super) looked_at: Shared<Arc<Snapshot>>,
    pub(super) activity: Shared<Activity>,
}

/// A connection that goes back to the pool when it is dropped, unless it was broken off.
pub(super) struct Connection<'a> {
    client: Option<managed::Object<Manager>>,
    connector: &'a Connector,
    scope: Scope,
}

impl Connector {
    /// A connector that contacts nothing before its first use. It counts its writes among those of all
    /// connectors that may lead to the same server, and reads anew after each of them.
    ///
    /// # Errors
    /// When the root certificates cannot be read.
    pub fn new(
        settings: Settings,
        source: Arc<dyn PasswordSource>,
        writes: Arc<Writes>,
    ) -> Result<Self, Error> {
        let dialer = Arc::new(Dialer::new(settings.address.clone())?);
        let pool = Pool::builder(Manager)
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
            pool,
            idle_watch: Once::new(),
            writes,
            snapshot: Shared::default(),
            looked_at: Shared::default(),
            activity: Shared::default(),
        })
    }

    /// The user.
    pub fn username(&self) -> &str {
        &self.settings.username
    }

    /// `host:port` for messages.
    pub fn endpoint(&self) -> String {
        self.settings.address.endpoint()
    }

    /// What the server demands of a user now, asked on a connection of its own.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn probe(&self, scope: &Scope, user: &str, kind: Kind) -> Result<Demanded, Error> {
        limited(
            scope,
            &format!("ask what the server demands of {user:?}"),
            probe::probe(&self.dialer, user, &self.settings.database, kind),
        )
        .await?
    }

    /// A connection, from the pool or new.
    pub(super) async fn connection(&self, scope: &Scope) -> Result<Connection<'_>, Error> {
        let attempted = format!("connect to {}", self.endpoint());
        let mut object = limited(scope, &attempted, self.pool.get())
            .await?
            .map_err(|error| Error::Connection {
                endpoint: self.endpoint(),
                reason: error.to_string(),
            })?;
        if object.0.as_ref().is_none_or(Client::is_closed) {
            object.0 = Some(self.connect(scope).await?);
            self.idle_watch.call_once(|| self.watch_idle());
        }
        Ok(Connection {
            client: Some(object),
            connector: self,
            scope: scope.clone(),
        })
    }

    /// Closes connections that nobody uses any more: a run may touch many databases, and take long.
    fn watch_idle(&self) {
        let pool = self.pool.weak();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE / 2).await;
                let Some(pool) = pool.upgrade() else { return };
                pool.retain(|_, metrics| metrics.last_used() < IDLE);
            }
        });
    }

    /// Logs in, again after failures that pass, and once more with another password if the one at
    /// hand was refused.
    async fn connect(&self, scope: &Scope) -> Result<Client, Error> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .build();
        let mut reread = self.source.can_change();
        loop {
            let attempted = format!("connect to {}", self.endpoint());
            let error = match limited(scope, &attempted, self.log_in(scope)).await? {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            if error.sqlstate() == Some(INVALID_PASSWORD) && reread {
                reread = false;
                continue;
            }
            let Some(pause) = pauses.next().filter(|_| error.is_transient_connect()) else {
                return Err(error);
            };
            tracing::debug!(%error, ?pause, "connect again");
            limited(scope, &attempted, tokio::time::sleep(pause)).await?;
        }
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
                tracing::debug!(error = %super::error::chain(&error), "connection ended");
            }
        });
        client.batch_execute(SESSION).await.map_err(failed)?;
        Ok(client)
    }
}

impl Connection<'_> {
    /// Goes on within other limits.
    pub(super) fn limit_to(&mut self, scope: &Scope) {
        self.scope = scope.clone();
    }

    /// Runs statements in one round trip; the rows of all of them, statement by statement.
    ///
    /// # Errors
    /// The server's, with what was attempted. A connection on which a statement was cut off, by
    /// cancellation or because the time was up, does not go back to the pool.
    pub(super) async fn run(&mut self, attempted: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let endpoint = self.connector.endpoint();
        let Some(client) = self.client.as_ref().and_then(|object| object.0.as_ref()) else {
            return Err(Error::Connection {
                endpoint,
                reason: "the connection was broken off".into(),
            });
        };
        let cancel = client.cancel_token();
        match limited(&self.scope, attempted, client.simple_query(sql)).await {
            Ok(Ok(messages)) => Ok(split(messages)),
            Ok(Err(error)) => Err(Error::from_client(attempted, &endpoint, &error)),
            Err(error) => {
                self.client = self.client.take().and_then(|object| {
                    drop(managed::Object::take(object));
                    None
                });
                // The server gives the statement up; what it answers does not matter.
                if let Ok(stream) = self.connector.dialer.dial().await {
                    let _ = cancel.cancel_query_raw(stream, NoTls).await;
                }
                Err(error)
            }
        }
    }

    /// Takes back what the transaction did, and gives back what the session locked. A connection that
    /// cannot is broken off, which does the same.
    pub(super) async fn roll_back(&mut self) {
        self.run_or_break_off(&format!("ROLLBACK; {}", statement::UNLOCK_PROOF))
            .await;
    }

    /// Runs statements that the end of the session would make needless.
    pub(super) async fn run_or_break_off(&mut self, sql: &str) {
        let Some(client) = self.client.as_ref().and_then(|object| object.0.as_ref()) else {
            return;
        };
        let ran = tokio::time::timeout(
            self.connector.settings.address.connect_timeout,
            client.batch_execute(sql),
        )
        .await;
        if !matches!(ran, Ok(Ok(())))
            && let Some(object) = self.client.take()
        {
            drop(managed::Object::take(object));
        }
    }
}

/// The rows of one statement.
pub(super) type Rows = Vec<SimpleQueryRow>;

fn split(messages: Vec<SimpleQueryMessage>) -> Vec<Rows> {
    let mut statements = Vec::new();
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => rows.push(row),
            SimpleQueryMessage::CommandComplete(_) => statements.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    statements
}

/// The outcome of a future, unless the operation ends first.
pub(super) async fn limited<T>(
    scope: &Scope,
    attempted: &str,
    future: impl Future<Output = T>,
) -> Result<T, Error> {
    tokio::select! {
        outcome = future => Ok(outcome),
        () = scope.cancellation().cancelled() => Err(Error::Cancelled(attempted.to_owned())),
        () = tokio::time::sleep_until(scope.deadline()) => Err(Error::TimedOut {
            attempted: attempted.to_owned(),
            limit: scope.timeout(),
        }),
    }
}

/// Hands out places; the connection is made by whoever has one, within its own limits.
#[derive(Debug)]
struct Manager;

/// A place for a connection.
struct Place(Option<Client>);

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Place").field(&self.0.is_some()).finish()
    }
}

impl managed::Manager for Manager {
    type Type = Place;
    type Error = std::convert::Infallible;

    async fn create(&self) -> Result<Place, Self::Error> {
        Ok(Place(None))
    }

    async fn recycle(&self, place: &mut Place, _: &Metrics) -> RecycleResult<Self::Error> {
        match &place.0 {
            Some(client) if client.is_closed() => Err(RecycleError::message("closed")),
            _ => Ok(()),
        }
    }
}
