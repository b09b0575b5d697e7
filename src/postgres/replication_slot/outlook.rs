//! What is in the way of one more slot.

use super::writer::Writers;
use crate::postgres::row::Rows;

/// What a slot that is to be created has before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// `server_version_num`, such as 170010.
    pub version: u32,
    /// `wal_level`.
    pub wal_level: String,
    /// How many slots there may be.
    pub max_slots: u32,
    /// How many there are.
    pub slots: u32,
    /// The transactions that it would wait for.
    pub writers: Writers,
}

impl Outlook {
    /// Reads the rows of [`crate::postgres::statement::select_open_transactions`] and
    /// [`crate::postgres::statement::select_capacity`].
    pub(in crate::postgres) fn from_rows(version: u32, results: &[Rows]) -> Option<Self> {
        let [writers, capacity] = results else {
            return None;
        };
        let capacity = capacity.first()?;
        Some(Self {
            version,
            wal_level: capacity.get(2)?.to_owned(),
            max_slots: capacity.get(0)?.parse().ok()?,
            slots: capacity.get(1)?.parse().ok()?,
            writers: Writers::from_rows(writers),
        })
    }
}
