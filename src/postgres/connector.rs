//! Connections to one database: made on demand, kept for the next, never more than allowed.

use std::{
    pin::Pin,
    sync::{Arc, Once},
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use deadpool::managed::{self, Metrics, Pool, RecycleError, RecycleResult};
use futures::StreamExt;
use tokio_postgres::{
    CancelToken, Client, NoTls, SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream,
    config::SslMode as ClientTls,
};

use super::{
    Address, Error, PasswordError,
    activity::Activity,
    dial::Dialer,
    probe::{self, Demanded, Kind},
    replication_user::Proven,
    shared::{Shared, Writes},
    snapshot::Snapshot,
    transaction,
};
use crate::{scope::Scope, secret::Secret};

/// The name under which the server lists the provider's connections.
pub(super) const APPLICATION_NAME: &str = "terraform-provider-rdsiam";
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
/// SQLSTATE of a wrong password: a rotated secret shows as this.
const INVALID_PASSWORD: &str = "28P01";

/// Where the password of each physical connection comes from.
#[async_trait]
pub trait PasswordSource: std::fmt::Debug + Send + Sync {
    /// The password for one attempt to log in.
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError>;

    /// Whether another password may be there a moment after one was refused.
    fn can_change(&self) -> bool;

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
    pub(super) proven: Proven,
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
            proven: Proven::default(),
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

    /// Whether the provider itself logs in as this user, with tokens.
    pub(super) fn logs_in_with_tokens_as(&self, user: &str) -> bool {
        self.settings.username == user && self.source.is_token()
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

    /// A second connection, if one is to be had soon, and without waiting for anybody.
    pub(super) async fn spare_connection(&self, scope: &Scope) -> Option<Connection<'_>> {
        let at_once = managed::Timeouts {
            wait: Some(Duration::ZERO),
            ..managed::Timeouts::default()
        };
        let mut object = self.pool.timeout_get(&at_once).await.ok()?;
        if object.0.as_ref().is_none_or(Client::is_closed) {
            let client = tokio::time::timeout(SPARE, self.log_in(scope)).await;
            object.0 = Some(client.ok()?.ok()?);
        }
        Some(Connection {
            client: Some(object),
            connector: self,
            scope: scope.clone(),
        })
    }

    /// Asks the server to give up what runs in a session. It does not say whether it did.
    pub(super) async fn cancel(&self, token: &CancelToken) -> Result<(), Error> {
        let stream = self.dialer.dial().await?;
        let failed = |error| Error::from_client("cancel a statement", &self.endpoint(), &error);
        token.cancel_query_raw(stream, NoTls).await.map_err(failed)
    }

    /// How long one attempt to connect may take.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.settings.address.connect_timeout
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
        let client = self.client()?;
        let cancel = client.cancel_token();
        match limited(&self.scope, attempted, client.simple_query(sql)).await {
            Ok(Ok(messages)) => Ok(split(messages)),
            Ok(Err(error)) => Err(Error::from_client(
                attempted,
                &self.connector.endpoint(),
                &error,
            )),
            Err(error) => {
                self.break_off();
                // The server gives the statement up; what it answers does not matter.
                let _ = self.connector.cancel(&cancel).await;
                Err(error)
            }
        }
    }

    /// Runs statements that only read, each of which ends with `; `, in a transaction of their own and in
    /// one round trip; the rows of each.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub(super) async fn read(&mut self, attempted: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let read = format!("{}{sql}COMMIT", transaction::read());
        match self.run(attempted, &read).await {
            Ok(mut results) => {
                results.pop();
                Ok(results.split_off(transaction::STATEMENTS.min(results.len())))
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Sends statements whose end is waited for. The server holds answers back until all are done.
    ///
    /// # Errors
    /// When the connection is closed.
    pub(super) async fn send(&mut self, attempted: &str, sql: &str) -> Result<Answers, Error> {
        let endpoint = self.connector.endpoint();
        let client = self.client()?;
        let cancel = client.cancel_token();
        let failed = |error| Error::from_client(attempted, &endpoint, &error);
        let stream = client.simple_query_raw(sql).await.map_err(failed)?;
        Ok(Answers {
            attempted: attempted.to_owned(),
            endpoint,
            stream: Box::pin(stream),
            cancel,
            ended: 0,
        })
    }

    fn client(&self) -> Result<&Client, Error> {
        let object = self.client.as_ref();
        object.and_then(|object| object.0.as_ref()).ok_or_else(|| {
            let reason = "the connection was broken off".to_owned();
            let endpoint = self.connector.endpoint();
            Error::Connection { endpoint, reason }
        })
    }

    /// Takes back what the transaction did. A connection that cannot is broken off, which does the same.
    pub(super) async fn roll_back(&mut self) {
        let Ok(client) = self.client() else {
            return;
        };
        let limit = self.connector.connect_timeout();
        let ran = tokio::time::timeout(limit, client.batch_execute("ROLLBACK")).await;
        if !matches!(ran, Ok(Ok(()))) {
            self.break_off();
        }
    }

    /// Closes the connection instead of giving it back to the pool.
    pub(super) fn break_off(&mut self) {
        if let Some(object) = self.client.take() {
            drop(managed::Object::take(object));
        }
    }
}

/// The answers to statements that run.
pub(super) struct Answers {
    attempted: String,
    endpoint: String,
    stream: Pin<Box<SimpleQueryStream>>,
    cancel: CancelToken,
    /// How many statements have ended well.
    ended: usize,
}

impl Answers {
    /// Whether no statement has ended well.
    pub(super) fn is_none(&self) -> bool {
        self.ended == 0
    }

    /// Waits for the end of the next statement; `false` when there was none any more.
    ///
    /// # Errors
    /// What the server says instead, or that the connection is lost.
    pub(super) async fn next(&mut self) -> Result<bool, Error> {
        while let Some(message) = self.stream.next().await {
            match message {
                Ok(SimpleQueryMessage::CommandComplete(_)) => {
                    self.ended += 1;
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(Error::from_client(&self.attempted, &self.endpoint, &error));
                }
            }
        }
        Ok(false)
    }

    /// Waits for the end of all.
    ///
    /// # Errors
    /// As [`Answers::next`].
    pub(super) async fn all(&mut self) -> Result<(), Error> {
        while self.next().await? {}
        Ok(())
    }

    /// What ends them.
    pub(super) fn cancel_token(&self) -> &CancelToken {
        &self.cancel
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
