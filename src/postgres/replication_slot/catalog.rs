//! Slots as the server has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::postgres::{
    lsn::Lsn,
    row::{Row, Rows},
};

/// The slots of a server at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    slots: BTreeMap<String, Slot>,
}

/// A slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Whether it is for logical decoding.
    pub is_logical: bool,
    /// Whether it ends with the session that made it.
    pub is_temporary: bool,
    /// Its output plugin, where it is a logical one.
    pub plugin: Option<String>,
    /// The database whose changes it decodes, where it is a logical one.
    pub database: Option<String>,
    /// Who uses it now.
    pub user: Option<User>,
    /// From where on it retains WAL.
    pub restart_lsn: Option<Lsn>,
    /// What its consumer has confirmed; `None` while it is being created.
    pub confirmed_flush_lsn: Option<Lsn>,
    /// Where the server was when it was read.
    pub server_lsn: Option<Lsn>,
    /// Whether the WAL is there that it needs, from PostgreSQL 13 on.
    pub wal_status: Option<String>,
    /// How many bytes may be written before it can be lost; `None` where nothing limits that.
    pub safe_wal_size: Option<i64>,
    /// Whether it decodes prepared transactions.
    pub two_phase: bool,
    /// Whether standby servers have it as well.
    pub failover: bool,
    /// Why it can not be used any more, from PostgreSQL 17 on.
    pub invalidation_reason: Option<String>,
    /// Since when nobody uses it, from PostgreSQL 17 on; not from before the server's start.
    pub inactive_since: Option<String>,
    /// What was decoded from it, from PostgreSQL 14 on.
    pub decoded: Option<Decoded>,
    /// Whether it needs rows that are gone, on PostgreSQL 16.
    pub is_conflicting: bool,
}

/// Who uses a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The process.
    pub pid: i32,
    /// The user, unless it is gone by now.
    pub name: Option<String>,
    /// `application_name`, unless it may not be seen.
    pub application_name: Option<String>,
    /// The client's address, unless it may not be seen.
    pub client_addr: Option<String>,
    /// How long it takes a consumer to confirm what is written, in microseconds, unless that is not known.
    pub lag: Option<u64>,
}

/// What was decoded from a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// How many transactions.
    pub transactions: u64,
    /// When the count was reset.
    pub reset: Option<String>,
}

/// Whether a slot can be streamed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Its creation waits for transactions of others.
    BeingCreated,
    /// It can.
    Usable,
    /// What it needs is gone. It can only be dropped.
    Lost,
}

impl Slots {
    /// The slot of a name, whatever it is.
    pub fn get(&self, name: &str) -> Option<&Slot> {
        self.slots.get(name)
    }

    /// The logical slot of a name that does not end with a session.
    pub fn logical(&self, name: &str) -> Option<&Slot> {
        self.get(name)
            .filter(|slot| slot.is_logical && !slot.is_temporary)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Slot)> {
        self.slots.iter()
    }

    /// The names of those for pgoutput in a database: no slot says which publications its consumer names.
    pub fn of_pgoutput<'a>(&'a self, database: &'a str) -> impl Iterator<Item = &'a String> {
        self.iter()
            .filter(move |(_, slot)| {
                slot.plugin.as_deref() == Some("pgoutput")
                    && slot.database.as_deref() == Some(database)
                    && !slot.is_temporary
            })
            .map(|(name, _)| name)
    }

    /// Reads the rows of [`crate::postgres::statement::select_slots`].
    pub(in crate::postgres) fn from_rows(rows: &Rows) -> Option<Self> {
        let slots = rows
            .iter()
            .map(|row| Some((row.get(0)?.to_owned(), Slot::from_row(row)?)));
        Some(Self {
            slots: slots.collect::<Option<_>>()?,
        })
    }
}

impl Slot {
    /// Whether it can be streamed from.
    pub fn condition(&self) -> Condition {
        let is_lost = self.wal_status.as_deref() == Some("lost")
            || self.invalidation_reason.is_some()
            || self.is_conflicting;
        match self.confirmed_flush_lsn {
            _ if is_lost => Condition::Lost,
            None if self.is_logical => Condition::BeingCreated,
            _ => Condition::Usable,
        }
    }

    /// How much WAL it retains, in bytes; `None` while it reserves none.
    pub fn retained_bytes(&self) -> Option<u64> {
        Some(self.server_lsn?.bytes_since(self.restart_lsn?))
    }

    /// How much WAL was written that its consumer has not confirmed, in bytes.
    pub fn lag_bytes(&self) -> Option<u64> {
        Some(self.server_lsn?.bytes_since(self.confirmed_flush_lsn?))
    }

    fn from_row(row: &Row) -> Option<Self> {
        let text = |column| {
            row.get(column)
                .filter(|text: &&str| !text.is_empty())
                .map(str::to_owned)
        };
        let lsn = |column| row.get(column).and_then(|text| text.parse().ok());
        let is_true = |column| matches!(row.get(column), Some("t" | "true"));
        let user = |pid| User {
            pid,
            name: text(15),
            application_name: text(16),
            client_addr: text(17),
            lag: row.get(18).and_then(|text| text.parse().ok()),
        };
        let decoded = |transactions| Decoded {
            transactions,
            reset: text(20),
        };
        Some(Self {
            is_logical: row.get(1)? == "logical",
            is_temporary: is_true(2),
            plugin: text(3),
            database: text(4),
            user: row.get(5).and_then(|pid| pid.parse().ok()).map(user),
            restart_lsn: lsn(6),
            confirmed_flush_lsn: lsn(7),
            server_lsn: lsn(8),
            wal_status: text(9),
            safe_wal_size: row.get(10).and_then(|text| text.parse().ok()),
            two_phase: is_true(11),
            failover: is_true(12),
            invalidation_reason: text(13),
            is_conflicting: is_true(14),
            inactive_since: text(21),
            decoded: row.get(19).and_then(|text| text.parse().ok()).map(decoded),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server says of a slot for pgoutput in the database `orders`.
    fn slot(rest: &str) -> Slot {
        let row = Row::from_text(&format!("s logical f pgoutput orders {rest}"));
        let slots = Slots::from_rows(&vec![row]).expect("rows of that form");
        slots.logical("s").expect("it is there").clone()
    }

    #[test]
    fn slot_is_lost_once_the_server_says_so_and_is_being_created_while_nothing_is_confirmed() {
        let usable = slot("- 0/10 0/20 0/50 reserved - false - - false - - - - - - - -");
        assert_eq!(usable.condition(), Condition::Usable);
        assert_eq!(usable.retained_bytes(), Some(0x40));
        assert_eq!(usable.lag_bytes(), Some(0x30));
        // PostgreSQL 11 and 12 say nothing of that.
        let old = slot("- 0/10 0/20 0/50 - - - - - - - - - - - - -");
        assert_eq!(old.condition(), Condition::Usable);
        let created = slot("7 0/10 - 0/50 reserved - false - - false me - - - - - -");
        assert_eq!(created.condition(), Condition::BeingCreated);
        let user = created.user.expect("somebody creates it");
        assert_eq!((user.pid, user.name.as_deref()), (7, Some("me")));
        for lost in [
            "- - 0/20 0/50 lost - false - - - - - - - - - -",
            "- - 0/20 0/50 - - false - wal_removed false - - - - - - -",
            "- - 0/20 0/50 - - false - - true - - - - - - -",
        ] {
            assert_eq!(slot(lost).condition(), Condition::Lost, "{lost}");
        }
    }
}
