//! What the catalog says of tables that are to be published.

use std::collections::BTreeMap;

use crate::postgres::{
    row::{Row, Rows},
    table_name::TableName,
};

/// What the catalog says of tables, of those that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables(BTreeMap<TableName, TableFacts>);

/// What the catalog says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// `pg_class.relkind`: `r` for a table, `p` for a partitioned one.
    kind: String,
    /// `pg_class.relpersistence`: `p` for what is written to the WAL.
    persistence: String,
    /// Its owner.
    pub owner: String,
    /// Whether the user has the owner's rights, which publishing takes.
    pub is_ours: bool,
    /// Those that inherit from it, and are not published with it.
    pub children: Vec<TableName>,
    /// Itself or those of its partitions that have no replica identity.
    pub without_identity: Vec<TableName>,
}

impl Tables {
    /// The table of a name.
    pub fn get(&self, name: &TableName) -> Option<&TableFacts> {
        self.0.get(name)
    }

    /// Reads the rows of [`crate::postgres::statement::select_tables`].
    pub(in crate::postgres) fn from_rows(rows: &Rows) -> Option<Self> {
        rows.iter().map(table).collect::<Option<_>>().map(Self)
    }
}

impl TableFacts {
    /// Whether it can be published at all: not a view, a sequence, or what is not written to the WAL.
    pub fn is_publishable(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p") && self.persistence == "p"
    }

    /// Whether it is partitioned.
    pub fn is_partitioned(&self) -> bool {
        self.kind == "p"
    }
}

fn table(row: &Row) -> Option<(TableName, TableFacts)> {
    let facts = TableFacts {
        kind: row.get(2)?.to_owned(),
        persistence: row.get(3)?.to_owned(),
        owner: row.get(4)?.to_owned(),
        is_ours: row.get(5)? == "t",
        children: names(row.get(6))?,
        without_identity: names(row.get(7))?,
    };
    Some((TableName::new(row.get(0)?, row.get(1)?), facts))
}

/// The names in a JSON array of pairs.
fn names(json: Option<&str>) -> Option<Vec<TableName>> {
    let pairs: Vec<(String, String)> = match json {
        None => Vec::new(),
        Some(json) => serde_json::from_str(json).ok()?,
    };
    let mut names: Vec<TableName> = pairs
        .into_iter()
        .map(|(schema, name)| TableName::new(schema, name))
        .collect();
    names.sort();
    Some(names)
}
