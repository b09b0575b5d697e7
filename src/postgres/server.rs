//! A server as the operations see it: sessions, what it demands of a login, and readings that all share.
//! A reading is shared for ten seconds and ends with our own writes. A plan may read what is a minute old.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    Activity, AuthRequest, Batch, ConnectionKind, Error, Rows, Statement, WriteCounter,
    changes::Changes,
    connection::{self, Connection},
    proven::Proven,
    publication::{Publications, Tables},
    publication_grant::{Table, tables},
    replication_slot::Outlook,
    shared_read::{Freshness, SharedRead},
    snapshot::{Oid, Snapshot},
    socket::{PasswordSource, Pool, Settings},
    statement::{
        Coverage, Which, select_activity, select_all_tables, select_capacity,
        select_open_transactions, select_places, select_publications, select_readers, select_slots,
        select_streams,
    },
    transport::{Patience, Transport},
};
use crate::scope::Scope;

/// How old a reading may be.
const RECENT: Freshness = Freshness {
    max_age: Duration::from_secs(10),
    sees_writes: true,
};
/// How old it may be for a plan.
const FOR_PLAN: Freshness = Freshness {
    max_age: Duration::from_secs(60),
    sees_writes: false,
};
const ROLES: &str = "read roles and memberships";
const ACTIVITY: &str = "read sessions, streams and slots";
const PUBLICATIONS: &str = "read publications";
const TABLES: &str = "look at tables";
const READERS: &str = "read who may read tables";
const SLOT: &str = "look whether there is room for a slot";

/// Tables, by their object ids, and who may read them.
pub type Readers = BTreeMap<Oid, Table>;

/// A server, through one of its databases.
#[derive(Debug)]
pub struct Server {
    transport: Box<dyn Transport>,
    writes: Arc<WriteCounter>,
    snapshot: SharedRead<Snapshot>,
    activity: SharedRead<Activity>,
    publications: SharedRead<Publications>,
    tables: SharedRead<Tables>,
    readers_of_all: SharedRead<Readers>,
    proven: Proven,
    changes: Changes,
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
        writes: Arc<WriteCounter>,
    ) -> Result<Self, Error> {
        Ok(Self::through(
            Box::new(Pool::new(settings, source)?),
            writes,
        ))
    }

    /// The same through any transport.
    pub fn through(transport: Box<dyn Transport>, writes: Arc<WriteCounter>) -> Self {
        Self {
            transport,
            writes,
            snapshot: SharedRead::default(),
            activity: SharedRead::default(),
            publications: SharedRead::default(),
            tables: SharedRead::default(),
            readers_of_all: SharedRead::default(),
            proven: Proven::default(),
            changes: Changes::default(),
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
    pub async fn probe(
        &self,
        scope: &Scope,
        user: &str,
        kind: ConnectionKind,
    ) -> Result<AuthRequest, Error> {
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
        self.snapshot_within(scope, RECENT).await
    }

    /// Roles and memberships as they are now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_now(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        self.forget_readings();
        self.snapshot(scope).await
    }

    /// Roles and memberships for a plan: as they were at most a minute ago, perhaps without
    /// what was written since. Terraform plans each change a second time while it applies; those plans
    /// read nothing of their own.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_for_plan(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        self.snapshot_within(scope, FOR_PLAN).await
    }

    async fn snapshot_within(
        &self,
        scope: &Scope,
        freshness: Freshness,
    ) -> Result<Arc<Snapshot>, Error> {
        let read = async {
            let (_, results) = self
                .look(scope, ROLES, |_| Coverage::AllRoles.select())
                .await?;
            connection::snapshot(ROLES, &results)
        };
        self.snapshot
            .get(scope, ROLES, freshness, &self.writes, read)
            .await
    }

    /// Who is connected and who streams, as it was at most ten seconds ago. Concurrent readers share
    /// one reading, in one round trip.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.activity_within(scope, RECENT).await
    }

    /// Who is connected and who streams now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity_now(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.forget_readings();
        self.activity(scope).await
    }

    /// The same for a plan: as it was at most a minute ago.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity_for_plan(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.activity_within(scope, FOR_PLAN).await
    }

    async fn activity_within(
        &self,
        scope: &Scope,
        freshness: Freshness,
    ) -> Result<Arc<Activity>, Error> {
        let read = async {
            let (_, results) = self.look(scope, ACTIVITY, |_| select_activity()).await?;
            Activity::from_rows(&results).ok_or_else(|| Error::UnexpectedRows(ACTIVITY.to_owned()))
        };
        self.activity
            .get(scope, ACTIVITY, freshness, &self.writes, read)
            .await
    }

    /// The publications of the database and who may read their tables, and the slots of the server, as they were at most ten seconds ago. Concurrent readers share one reading, in
    /// one round trip.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn publications(&self, scope: &Scope) -> Result<Arc<Publications>, Error> {
        self.publications_within(scope, RECENT).await
    }

    /// The same for a plan: as they were at most a minute ago.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn publications_for_plan(&self, scope: &Scope) -> Result<Arc<Publications>, Error> {
        self.publications_within(scope, FOR_PLAN).await
    }

    async fn publications_within(
        &self,
        scope: &Scope,
        freshness: Freshness,
    ) -> Result<Arc<Publications>, Error> {
        let read = async {
            let (version, results) = self.look(scope, PUBLICATIONS, select_publisher).await?;
            Publications::from_rows(version, &results)
                .ok_or_else(|| Error::UnexpectedRows(PUBLICATIONS.to_owned()))
        };
        self.publications
            .get(scope, PUBLICATIONS, freshness, &self.writes, read)
            .await
    }

    /// The tables of publications of all tables, and who may read them, as it was at most ten seconds ago. Concurrent
    /// readers share one reading.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn readers_of_all(&self, scope: &Scope) -> Result<Arc<Readers>, Error> {
        let read = async {
            let (_, results) = self
                .look(scope, READERS, |version| {
                    [select_readers(version, Which::All, None)]
                })
                .await?;
            let read = results.first().and_then(tables);
            read.ok_or_else(|| Error::UnexpectedRows(READERS.to_owned()))
        };
        self.readers_of_all
            .get(scope, READERS, RECENT, &self.writes, read)
            .await
    }

    /// Tables, by their object ids, and who may read them now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn readers_of(&self, scope: &Scope, these: &BTreeSet<Oid>) -> Result<Readers, Error> {
        let no_publications = BTreeSet::new();
        let (_, results) = self
            .look(scope, READERS, |version| {
                [select_readers(
                    version,
                    Which::Some(&no_publications, these),
                    None,
                )]
            })
            .await?;
        let read = results.first().and_then(tables);
        read.ok_or_else(|| Error::UnexpectedRows(READERS.to_owned()))
    }

    /// What the catalog says of the tables of the database for a plan: as it was at most a minute ago. Concurrent readers
    /// share one reading.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn tables_for_plan(&self, scope: &Scope) -> Result<Arc<Tables>, Error> {
        let read = async {
            let (_, results) = self.look(scope, TABLES, |_| [select_all_tables()]).await?;
            let tables = results.first().and_then(Tables::from_rows);
            tables.ok_or_else(|| Error::UnexpectedRows(TABLES.to_owned()))
        };
        self.tables
            .get(scope, TABLES, FOR_PLAN, &self.writes, read)
            .await
    }

    /// Which transactions a slot would wait for now, and whether there is room for one more.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn outlook_for_slot(&self, scope: &Scope) -> Result<Outlook, Error> {
        let read = self
            .look(scope, SLOT, |_| {
                [select_open_transactions(), select_capacity()]
            })
            .await?;
        let (version, results) = read;
        let outlook = Outlook::from_rows(version, &results);
        outlook.ok_or_else(|| Error::UnexpectedRows(SLOT.to_owned()))
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

    /// How the changes of this process fare on it.
    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Whether a grant of this process is on probation, or was a moment ago, that may force the provider's user to IAM.
    pub fn is_own_login_at_risk(&self) -> bool {
        self.proven.puts_at_risk(self.username())
    }

    /// Whether the provider itself logs in as this user, with tokens.
    pub(super) fn logs_in_with_tokens_as(&self, user: &str) -> bool {
        self.username() == user && self.transport.uses_tokens()
    }

    /// Runs a command on a connection for replication.
    ///
    /// # Errors
    /// When the server fails, or the way to it has no such connections.
    pub(super) async fn command_replication(
        &self,
        scope: &Scope,
        attempted: &str,
        command: &Statement,
    ) -> Result<(), Error> {
        match self.transport.replication() {
            Some(replication) => replication.command(scope, attempted, command).await,
            None => Err(Error::NotSupported(attempted.to_owned())),
        }
    }

    /// A session within the operation's limits.
    pub(super) async fn connection(&self, scope: &Scope) -> Result<Connection, Error> {
        let session = self.transport.open(scope, Patience::Change).await?;
        Ok(Connection::new(session, scope))
    }

    /// The rows of statements that only read, and the version of the server, on which these depend; once more when the
    /// connection breaks meanwhile, since nothing is lost by that. Whether the server answers is soon said.
    async fn look<S: IntoIterator<Item = Statement>>(
        &self,
        scope: &Scope,
        attempted: &str,
        statements: impl Fn(u32) -> S,
    ) -> Result<(u32, Vec<Rows>), Error> {
        let mut is_again = false;
        loop {
            let session = self.transport.open(scope, Patience::Look).await?;
            let mut connection = Connection::new(session, scope);
            let version = connection.version();
            let statements: Batch = statements(version).into_iter().collect();
            match connection.read(attempted, statements).await {
                Err(error) if error.passes_by_itself() && !is_again => {
                    tracing::debug!(%error, "read again");
                    is_again = true;
                }
                outcome => return Ok((version, outcome?)),
            }
        }
    }

    /// One more session, if it is to be had soon, and without waiting for anybody.
    pub(super) async fn spare_connection(&self, scope: &Scope) -> Option<Connection> {
        let session = self.transport.open_spare(scope).await?;
        Some(Connection::new(session, scope))
    }
}

/// What reads all of a publisher's database at once, however much of it there is.
fn select_publisher(version: u32) -> [Statement; 9] {
    let [publications, members, schemas] = select_publications(version, None);
    let [server, roles] = Coverage::AllRoles.select();
    [
        publications,
        members,
        schemas,
        select_slots(version, None),
        select_streams(),
        select_readers(version, Which::Listed, None),
        select_places(None),
        server,
        roles,
    ]
}
