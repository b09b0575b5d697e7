//! What a publication is defined to publish, as `CREATE PUBLICATION` says it.
//! <https://www.postgresql.org/docs/current/sql-createpublication.html>

use std::collections::{BTreeMap, BTreeSet};

use crate::postgres::table_name::TableName;

/// What a publication is defined to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Of which tables.
    pub contents: Contents,
    /// Which operations on them.
    pub operations: Operations,
    /// Whether changes of a partition are those of the partitioned table.
    pub via_partition_root: bool,
    /// Whether stored generated columns are published.
    pub generated_columns: bool,
}

/// Whose changes are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// All tables of the database, those to come included.
    AllTables,
    /// What is listed.
    Listed {
        /// Tables.
        tables: BTreeMap<TableName, Member>,
        /// Schemas, with all tables that are or come to be in them.
        schemas: BTreeSet<String>,
    },
}

/// What is published of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// These columns; all that there are and come where none are listed.
    pub columns: Option<BTreeSet<String>>,
    /// The rows for which this expression is true; all where there is none.
    pub filter: Option<String>,
}

/// The operations that are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    /// INSERT.
    pub insert: bool,
    /// UPDATE.
    pub update: bool,
    /// DELETE.
    pub delete: bool,
    /// TRUNCATE.
    pub truncate: bool,
}

impl Operations {
    /// The names of the operations, in the order of PostgreSQL's manual.
    pub const NAMES: [&'static str; 4] = ["insert", "update", "delete", "truncate"];

    /// Those of which something is so.
    pub fn of(is_published: impl Fn(&str) -> bool) -> Self {
        let [insert, update, delete, truncate] = Self::NAMES.map(is_published);
        Self {
            insert,
            update,
            delete,
            truncate,
        }
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let published = [self.insert, self.update, self.delete, self.truncate];
        Self::NAMES
            .into_iter()
            .zip(published)
            .filter_map(|(name, is_published)| is_published.then_some(name))
    }
}

impl Contents {
    /// The tables that are listed, each with what is published of it.
    pub fn tables(&self) -> impl Iterator<Item = (&TableName, &Member)> {
        let tables = match self {
            Self::AllTables => None,
            Self::Listed { tables, .. } => Some(tables),
        };
        tables.into_iter().flatten()
    }

    /// The schemas that are listed.
    pub fn schemas(&self) -> impl Iterator<Item = &String> {
        let schemas = match self {
            Self::AllTables => None,
            Self::Listed { schemas, .. } => Some(schemas),
        };
        schemas.into_iter().flatten()
    }

    /// What is published of a table that is listed.
    pub fn member(&self, name: &TableName) -> Option<&Member> {
        match self {
            Self::AllTables => None,
            Self::Listed { tables, .. } => tables.get(name),
        }
    }
}
