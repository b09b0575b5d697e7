//! Connections to one database: made on demand, kept for the next, never more than allowed.

use std::{
    sync::{Arc, Mutex, Once, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use deadpool::managed::{self, Object};
use tokio::time::Instant;

use super::{
    login::{Login, PasswordSource, Settings},
    pooled_client::{Connected, Manager, PooledClient},
    probe,
    session::{LAST_WORD, SocketSession, cancel_on},
};
use crate::{
    postgres::{
        AuthRequest, ConnectionKind, Error, Statement,
        limited::limited,
        transport::{AskAuthentication, CommandReplication, Patience, Session, Transport},
    },
    scope::Scope,
};

/// How long it may take to log in once more, where that is not needed.
const SPARE: Duration = Duration::from_secs(3);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(10);
/// How long a place is left alone for which the server had no connection.
const NO_ROOM: Duration = Duration::from_secs(30);

/// Connections to one database; one that nobody used for ten seconds is closed.
#[derive(Debug)]
pub struct Pool {
    login: Login,
    clients: managed::Pool<Manager>,
    connected: Connected,
    /// Places for which the server has no connection.
    no_room: Arc<Mutex<Vec<SetAside>>>,
    watch: Once,
}

/// A place that nobody has, and since when.
type SetAside = (Instant, Object<Manager>);

impl Pool {
    /// A pool that contacts nothing before its first use.
    ///
    /// # Errors
    /// When the root certificates cannot be read.
    pub fn new(settings: Settings, source: Arc<dyn PasswordSource>) -> Result<Self, Error> {
        let clients = managed::Pool::builder(Manager)
            .max_size(settings.max_connections)
            .build()
            .map_err(|error| Error::Connection {
                endpoint: settings.address.endpoint(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            login: Login::new(settings, source)?,
            clients,
            connected: Connected::default(),
            no_room: Arc::default(),
            watch: Once::new(),
        })
    }

    fn session(&self, pooled: Object<Manager>) -> Box<dyn Session> {
        Box::new(SocketSession::new(pooled, self.login.dialer().clone()))
    }

    /// Closes connections that nobody uses any more: a run may touch many databases, and take long. Tries places
    /// again for which there was no connection.
    fn watch(&self) {
        let clients = self.clients.weak();
        let no_room = self.no_room.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE / 2).await;
                let Some(clients) = clients.upgrade() else {
                    return;
                };
                clients.retain(|_, metrics| metrics.last_used() < IDLE);
                let mut no_room = no_room.lock().unwrap_or_else(PoisonError::into_inner);
                no_room.retain(|(since, _)| since.elapsed() < NO_ROOM);
            }
        });
    }

    /// Leaves a place alone for a while: whoever would have it waits for a connection that is open.
    fn set_aside(&self, place: Object<Manager>) {
        let mut no_room = self.no_room.lock().unwrap_or_else(PoisonError::into_inner);
        no_room.push((Instant::now(), place));
    }
}

#[async_trait]
impl Transport for Pool {
    fn endpoint(&self) -> String {
        self.login.settings().address.endpoint()
    }

    fn username(&self) -> &str {
        &self.login.settings().username
    }

    fn uses_tokens(&self) -> bool {
        self.login.uses_tokens()
    }

    async fn open(&self, scope: &Scope, patience: Patience) -> Result<Box<dyn Session>, Error> {
        let waiting = format!("wait for a connection to {} that is free", self.endpoint());
        self.watch.call_once(|| self.watch());
        loop {
            let mut pooled = limited(scope, &waiting, self.clients.get())
                .await?
                .map_err(|error| Error::Connection {
                    endpoint: self.endpoint(),
                    reason: error.to_string(),
                })?;
            if limited(scope, &waiting, pooled.is_connected()).await? {
                return Ok(self.session(pooled));
            }
            // A dead one is no other one.
            pooled.disconnect();
            let others = || self.connected.is_any();
            match self.login.until_connected(scope, patience, others).await {
                Ok(client) => {
                    *pooled = PooledClient::new(client, &self.connected);
                    return Ok(self.session(pooled));
                }
                Err(error) if error.is_too_many_connections() && others() => self.set_aside(pooled),
                Err(error) => return Err(error),
            }
        }
    }

    async fn open_spare(&self, scope: &Scope) -> Option<Box<dyn Session>> {
        let at_once = managed::Timeouts {
            wait: Some(Duration::ZERO),
            ..managed::Timeouts::default()
        };
        let mut pooled = self.clients.timeout_get(&at_once).await.ok()?;
        if !pooled.is_connected().await {
            let client = tokio::time::timeout(SPARE, self.login.once(scope)).await;
            *pooled = PooledClient::new(client.ok()?.ok()?, &self.connected);
        }
        Some(self.session(pooled))
    }

    fn authentication(&self) -> Option<&dyn AskAuthentication> {
        Some(self)
    }

    fn replication(&self) -> Option<&dyn CommandReplication> {
        Some(self)
    }
}

#[async_trait]
impl CommandReplication for Pool {
    async fn command(
        &self,
        scope: &Scope,
        attempted: &str,
        command: &Statement,
    ) -> Result<(), Error> {
        let logged_in = limited(scope, attempted, self.login.for_replication(scope)).await??;
        let client = &logged_in.client;
        let cancel = client.cancel_token();
        match limited(scope, attempted, client.batch_execute(&command.to_string())).await {
            Ok(ran) => ran.map_err(|error| Error::from_client(attempted, &self.endpoint(), &error)),
            Err(ended) => {
                // The end of the connection says the same, once the server looks.
                let _told =
                    tokio::time::timeout(LAST_WORD, cancel_on(self.login.dialer(), &cancel)).await;
                Err(ended)
            }
        }
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
        let database = &self.login.settings().database;
        limited(
            scope,
            &format!("ask what the server demands of {user:?}"),
            probe::probe(self.login.dialer(), user, database, kind),
        )
        .await?
    }
}

#[cfg(test)]
mod tests;
