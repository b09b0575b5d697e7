//! Tables whose UPDATEs or DELETEs fail because of a publication.
//! <https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY>

use std::{collections::BTreeSet, fmt};

use super::catalog::texts;
use crate::postgres::{
    row::{Row, Rows},
    table_name::TableName,
};

/// A table whose UPDATEs or DELETEs fail because of a publication.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Faulty {
    /// The table that is written to: a partition, where partitioned ones are published.
    pub table: TableName,
    /// What is published: the partitioned table, where changes are published as those of it.
    pub published: TableName,
    /// Why they fail.
    pub fault: Fault,
}

/// Why the UPDATEs and DELETEs of a table fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It has no replica identity.
    NoReplicaIdentity,
    /// It has REPLICA IDENTITY FULL, with which no list of columns goes together.
    ColumnsOfFull,
    /// The filter uses these columns, which are not part of the replica identity.
    FilterOutside(BTreeSet<String>),
    /// The list of columns lacks these, which are part of the replica identity.
    ColumnsMissing(BTreeSet<String>),
}

impl Faulty {
    /// Reads the rows of [`crate::postgres::statement::select_faulty_tables`].
    pub(in crate::postgres) fn from_rows(rows: &Rows) -> Option<BTreeSet<Self>> {
        rows.iter().map(faulty_table).collect()
    }
}

fn faulty_table(row: &Row) -> Option<Faulty> {
    let fault = if row.get(4)? == "t" {
        Fault::NoReplicaIdentity
    } else if row.get(5)? == "t" {
        Fault::ColumnsOfFull
    } else if let Some(columns) = texts(row.get(6))? {
        Fault::FilterOutside(columns)
    } else {
        Fault::ColumnsMissing(texts(row.get(7))??)
    };
    Some(Faulty {
        table: TableName::new(row.get(0)?, row.get(1)?),
        published: TableName::new(row.get(2)?, row.get(3)?),
        fault,
    })
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = |columns: &BTreeSet<String>| {
            let quoted: Vec<String> = columns.iter().map(|name| format!("{name:?}")).collect();
            quoted.join(", ")
        };
        write!(f, "{}: ", self.table)?;
        match &self.fault {
            Fault::NoReplicaIdentity => f.write_str("it has no replica identity"),
            Fault::ColumnsOfFull => f.write_str(
                "it has REPLICA IDENTITY FULL, with which no list of columns goes together",
            ),
            Fault::FilterOutside(outside) => write!(
                f,
                "the filter uses {}, which the replica identity does not have",
                columns(outside)
            ),
            Fault::ColumnsMissing(missing) => write!(
                f,
                "the list of columns lacks {} of the replica identity",
                columns(missing)
            ),
        }
    }
}
