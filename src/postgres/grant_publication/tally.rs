//! What the provider has given to a role so far.

use std::collections::BTreeSet;

use super::view::View;
use crate::postgres::{publication_grant::Ours, table_name::TableName};

/// What the provider has given to a role, and is still there as far as it was looked at.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// What that is.
    pub ours: Ours,
    /// The tables of which it is.
    pub granted: BTreeSet<TableName>,
}

impl Tally {
    /// Counts what a change has given and taken.
    pub(super) fn count(&mut self, before: &View, after: &View) {
        self.ours.count(&before.direct(), &after.direct());
        let ours = self.ours.all();
        for table in after.tables.values() {
            match ours.has(table.oid) {
                true => self.granted.insert(table.name.clone()),
                false => self.granted.remove(&table.name),
            };
        }
    }
}
