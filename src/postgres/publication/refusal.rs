//! Why a publication was not changed.

use super::{fault::Faulty, feature::TooOld};
use crate::postgres::{refusal::list, table_name::TableName};

/// Why an operation on a publication was not done. Nothing was changed then.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The publication that was to be created is there already.
    #[error("the publication exists already")]
    Exists {
        /// Whether it carries the comment of one that this provider created: in an interrupted run, or for another
        /// configuration.
        is_ours: bool,
    },
    /// The publication that was to be changed is gone.
    #[error("the publication is gone")]
    Gone,
    /// The publication of this name is another object than the one that is meant.
    #[error("the publication of this name is another one than before")]
    AnotherPublication,
    /// The server does not know what is asked for.
    #[error("{0}")]
    TooOld(TooOld),
    /// A filter is not one expression.
    #[error("the filter of {table} {reason}")]
    Filter {
        /// Whose.
        table: TableName,
        /// What is wrong with it.
        reason: String,
    },
    /// There are no such tables.
    #[error("there is no table {}", list(.0))]
    NoSuchTables(Vec<TableName>),
    /// These cannot be published.
    #[error("{} cannot be published", list(.0))]
    NotPublishable(Vec<TableName>),
    /// Partitioned tables, which the server does not publish.
    #[error("{} cannot be published before PostgreSQL 13", list(.0))]
    Partitioned(Vec<TableName>),
    /// Tables of others; each with its owner.
    #[error("{} belong to others", .0.iter().map(|(table, _)| table.to_string()).collect::<Vec<_>>().join("; "))]
    NotOwned(Vec<(TableName, String)>),
    /// UPDATEs or DELETEs of these tables would fail from then on.
    #[error("UPDATE or DELETE would fail: {}", list(.0))]
    WouldFail(Vec<Faulty>),
    /// The statements succeeded, but the catalog does not show their effect.
    #[error("the catalog does not show {0}")]
    NotInCatalog(&'static str),
}
