//! A server as the operations see it: sessions, what it demands of a login, and readings that all share.
//!
//! A reading lives ten seconds and ends with our own writes. What a plan only looks at lives a minute.

use std::{sync::Arc, time::Duration};

use super::{
    Activity, Demanded, Error, Kind, Writes,
    connection::Connection,
    proven::Proven,
    shared::Shared,
    snapshot::Snapshot,
    socket::{PasswordSource, Pool, Settings},
    statement::{Extent, select_activity},
    transport::Transport,
};
use crate::scope::Scope;

/// How long a reading answers reads.
const LIFE: Duration = Duration::from_secs(10);
/// How long a plan looks at one.
const LOOK_LIFE: Duration = Duration::from_secs(60);
const ROLES: &str = "read roles and memberships";
const ACTIVITY: &str = "read sessions, streams and slots";

/// A server, through one of its databases.
#[derive(Debug)]
pub struct Server {
    transport: Box<dyn Transport>,
    writes: Arc<Writes>,
    snapshot: Shared<Snapshot>,
    looked_at: Shared<Arc<Snapshot>>,
    activity: Shared<Activity>,
    proven: Proven,
}

impl Server {
    /// A server that is not contacted before its first use. Its writes count among those of all that may be the
    /// same one, and it is read anew after each of them.
    ///
    /// # Errors
    /// When the root certificates cannot be read.
    pub fn new(
        settings: Settings,
        source: Arc<dyn PasswordSource>,
        writes: Arc<Writes>,
    ) -> Result<Self, Error> {
        Ok(Self::through(
            Box::new(Pool::new(settings, source)?),
            writes,
        ))
    }

    /// The same through any transport.
    pub fn through(transport: Box<dyn Transport>, writes: Arc<Writes>) -> Self {
        Self {
            transport,
            writes,
            snapshot: Shared::default(),
            looked_at: Shared::default(),
            activity: Shared::default(),
            proven: Proven::default(),
        }
    }

    /// As whom the provider logs in.
    pub fn username(&self) -> &str {
        self.transport.username()
    }

    /// `host:port` for messages.
    pub fn endpoint(&self) -> String {
        self.transport.endpoint()
    }

    /// What the server demands of a user now.
    ///
    /// # Errors
    /// When the server cannot be reached, or the way to it cannot ask.
    pub async fn probe(&self, scope: &Scope, user: &str, kind: Kind) -> Result<Demanded, Error> {
        match self.transport.authentication() {
            Some(authentication) => authentication.ask(scope, user, kind).await,
            None => Err(Error::NotSupported(format!(
                "ask what the server demands of {user:?}"
            ))),
        }
    }

    /// Roles and memberships as they were at most ten seconds ago. Concurrent readers share one
    /// snapshot.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        let read = async {
            let mut connection = self.connection(scope).await?;
            connection.read_snapshot(ROLES, Extent::All).await
        };
        self.snapshot
            .get(scope, ROLES, LIFE, Some(&self.writes), read)
            .await
    }

    /// Roles and memberships as they are now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_now(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        self.forget_readings();
        self.snapshot(scope).await
    }

    /// Roles and memberships for a plan to look at: as they were at most a minute ago, perhaps without
    /// what was written since. Terraform plans each change a second time while it applies; those plans
    /// read nothing of their own.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_to_look_at(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        let read = self.snapshot(scope);
        let looked_at = self
            .looked_at
            .get(scope, ROLES, LOOK_LIFE, None, read)
            .await?;
        Ok(Arc::clone(&looked_at))
    }

    /// Who is connected and who streams, as it was at most ten seconds ago. Concurrent readers share
    /// one reading, in one round trip.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.activity_within(scope, LIFE, Some(&self.writes)).await
    }

    /// Who is connected and who streams now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity_now(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.forget_readings();
        self.activity(scope).await
    }

    /// The same for a plan to look at: as it was at most a minute ago.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity_to_look_at(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.activity_within(scope, LOOK_LIFE, None).await
    }

    async fn activity_within(
        &self,
        scope: &Scope,
        life: Duration,
        writes: Option<&Writes>,
    ) -> Result<Arc<Activity>, Error> {
        let read = async {
            let mut connection = self.connection(scope).await?;
            let results = connection.read(ACTIVITY, select_activity()).await?;
            Activity::from_rows(&results).ok_or_else(|| Error::Connection {
                endpoint: self.endpoint(),
                reason: "the rows of the statistics views have an unexpected form".into(),
            })
        };
        self.activity.get(scope, ACTIVITY, life, writes, read).await
    }

    /// Forgets what was read: something that it shows was changed. The readings of other servers that share
    /// these writes end with them.
    pub(super) fn forget_readings(&self) {
        self.writes.count();
    }

    /// What this process has found out about it.
    pub(super) fn proven(&self) -> &Proven {
        &self.proven
    }

    /// Whether the provider itself logs in as this user, with tokens.
    pub(super) fn logs_in_with_tokens_as(&self, user: &str) -> bool {
        self.username() == user && self.transport.uses_tokens()
    }

    /// A session within the operation's limits.
    pub(super) async fn connection(&self, scope: &Scope) -> Result<Connection, Error> {
        let session = self.transport.open(scope).await?;
        Ok(Connection::new(session, scope))
    }

    /// One more session, if it is to be had soon, and without waiting for anybody.
    pub(super) async fn spare_connection(&self, scope: &Scope) -> Option<Connection> {
        let session = self.transport.open_spare(scope).await?;
        Some(Connection::new(session, scope))
    }
}
