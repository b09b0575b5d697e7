//! What a publication is to be.

use std::collections::{BTreeMap, BTreeSet};

use crate::postgres::{
    publication::{Definition, Seen},
    table_name::TableName,
};

/// What a publication is to be.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// The object that it is; `None` creates it.
    pub seen: Option<Seen>,
    /// What it publishes; filters as they are written.
    pub definition: Definition,
    /// Its owner, where that is to be a certain one.
    pub owner: Option<String>,
    /// The filters that were written before, each with what the server made of it.
    pub written_filters: BTreeMap<TableName, WrittenFilter>,
    /// Tables that may be published although their UPDATEs or DELETEs fail from then on.
    pub allow_without_replica_identity: BTreeSet<TableName>,
    /// Whether transactions that have written to a joining table are waited for.
    pub wait_for_writers: WaitForWriters,
}

/// A row filter in two forms: the server prints it back otherwise than it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFilter {
    /// As it was written.
    pub written: String,
    /// As the server printed it then.
    pub stored: String,
}

/// Whether transactions that have written to a table are waited for before it joins. A running stream may lose the table
/// otherwise, on servers without the fix of 2025.
/// <https://www.postgresql.org/message-id/de52b282-1166-1180-45a2-8d8917ca74c6@enterprisedb.com>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitForWriters {
    /// Where the server may not have the fix.
    Auto,
    /// On every server.
    Always,
    /// On none.
    Never,
}
