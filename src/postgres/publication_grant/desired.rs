//! What a role is to be able to read.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use crate::postgres::{snapshot::Oid, table_name::TableName};

/// What a role is to be able to read.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The role.
    pub role: String,
    /// Which one that is, where that is known.
    pub seen: Option<Oid>,
    /// The publications whose tables it is to read.
    pub publications: BTreeSet<String>,
    /// Whether columns are enough where each of these publications lists some.
    pub by_column: bool,
    /// Whether it is to be able to connect to the database.
    pub connect: bool,
    /// Whether it is to be able to use the schemas of the tables.
    pub usage: bool,
    /// Whose tables in these schemas it is to read from their creation on.
    pub future_of: BTreeSet<String>,
    /// Tables of which row level security may hide rows from it.
    pub allow_row_security_on: BTreeSet<TableName>,
}

impl Desired {
    /// Refuses tables of which row level security may hide rows, unless that is allowed.
    ///
    /// # Errors
    /// Those tables.
    pub(in crate::postgres) fn refuse_hidden(&self, hidden: &[TableName]) -> Result<(), Refusal> {
        let hidden = hidden.iter();
        let refused = hidden.filter(|table| !self.allow_row_security_on.contains(table));
        let refused: Vec<TableName> = refused.cloned().collect();
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Hidden(refused)),
        }
    }
}
