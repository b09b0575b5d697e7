//! Who is connected to a server, who streams from it, and what its slots retain.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio_postgres::SimpleQueryRow;

use super::{
    Connector, Error,
    catalogue::{LIFE, LOOK_LIFE},
    shared::Writes,
};
use crate::scope::Scope;

/// The statements that read an activity. Where the user may not see a session of somebody else,
/// the server leaves out where it comes from and what it does.
/// <https://www.postgresql.org/docs/current/monitoring-stats.html>
const SELECT: &str = "\
SELECT pid, usename, application_name, host(client_addr) FROM pg_catalog.pg_stat_replication \
WHERE usename IS NOT NULL ORDER BY pid; \
SELECT slot_name, active_pid, pg_size_pretty(pg_wal_lsn_diff(\
CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)) \
FROM pg_catalog.pg_replication_slots ORDER BY slot_name; \
SELECT usename, datname, application_name, host(client_addr), count(*) FROM pg_catalog.pg_stat_activity \
WHERE usename IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' \
AND pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_replication) \
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4; ";

/// Who is connected, who streams, and what slots retain, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The streams: `pg_stat_replication`.
    pub walsenders: Vec<Walsender>,
    /// The slots: `pg_replication_slots`.
    pub slots: Vec<Slot>,
    sessions: BTreeMap<String, Vec<Sessions>>,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walsender {
    /// Its process.
    pub pid: i32,
    /// Who receives.
    pub user: String,
    /// `application_name`, unless it may not be seen.
    pub application_name: Option<String>,
    /// The client's address, unless it may not be seen.
    pub client_addr: Option<String>,
}

/// A replication slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// The process that streams from it.
    pub active_pid: Option<i32>,
    /// The WAL that it retains, such as `16 MB`; `None` while it reserves none.
    pub retains: Option<String>,
}

/// Sessions of one user that look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The database.
    pub database: Option<String>,
    /// `application_name`, unless it may not be seen.
    pub application_name: Option<String>,
    /// The client's address, unless it may not be seen.
    pub client_addr: Option<String>,
    /// How many.
    pub count: u64,
}

impl Activity {
    /// The normal sessions of a user.
    pub fn sessions_of(&self, user: &str) -> &[Sessions] {
        self.sessions.get(user).map_or(&[], Vec::as_slice)
    }

    /// The streams of a user.
    pub fn walsenders_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Walsender> {
        self.walsenders.iter().filter(move |one| one.user == user)
    }

    /// The slot that a process streams from.
    pub fn slot_of(&self, walsender: &Walsender) -> Option<&Slot> {
        self.slots
            .iter()
            .find(|slot| slot.active_pid == Some(walsender.pid))
    }

    fn from_rows(results: &[Vec<SimpleQueryRow>]) -> Option<Self> {
        let [walsenders, slots, sessions] = results else {
            return None;
        };
        let text = |row: &SimpleQueryRow, index| {
            row.get(index)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let mut activity = Self {
            walsenders: walsenders
                .iter()
                .map(|row| {
                    Some(Walsender {
                        pid: row.get(0)?.parse().ok()?,
                        user: row.get(1)?.to_owned(),
                        application_name: text(row, 2),
                        client_addr: text(row, 3),
                    })
                })
                .collect::<Option<_>>()?,
            slots: slots
                .iter()
                .map(|row| {
                    Some(Slot {
                        name: row.get(0)?.to_owned(),
                        active_pid: row.get(1).and_then(|pid| pid.parse().ok()),
                        retains: text(row, 2),
                    })
                })
                .collect::<Option<_>>()?,
            sessions: BTreeMap::new(),
        };
        for row in sessions {
            let alike = Sessions {
                database: text(row, 1),
                application_name: text(row, 2),
                client_addr: text(row, 3),
                count: row.get(4)?.parse().ok()?,
            };
            let user = row.get(0)?.to_owned();
            activity.sessions.entry(user).or_default().push(alike);
        }
        Some(activity)
    }
}

impl Connector {
    /// Who is connected and who streams now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity_now(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.forget_snapshot();
        self.activity(scope).await
    }

    /// Who is connected and who streams, as it was at most ten seconds ago. Concurrent readers share
    /// one reading, in one round trip.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn activity(&self, scope: &Scope) -> Result<Arc<Activity>, Error> {
        self.activity_within(scope, LIFE, Some(&self.writes)).await
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
        const ATTEMPTED: &str = "read sessions, streams and slots";
        let read = async {
            let mut connection = self.connection(scope).await?;
            let results = connection.read(ATTEMPTED, SELECT).await?;
            Activity::from_rows(&results).ok_or_else(|| Error::Connection {
                endpoint: self.endpoint(),
                reason: "the rows of the statistics views have an unexpected form".into(),
            })
        };
        self.activity
            .get(scope, ATTEMPTED, life, writes, read)
            .await
    }
}
