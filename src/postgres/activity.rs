//! Who is connected to a server, who streams from it, and what its slots retain.

use std::collections::BTreeMap;

use super::row::{Row, Rows};

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

    /// Reads the rows of [`super::statement::select_activity`].
    pub(super) fn from_rows(results: &[Rows]) -> Option<Self> {
        let [walsenders, slots, sessions] = results else {
            return None;
        };
        let text = |row: &Row, index| {
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
