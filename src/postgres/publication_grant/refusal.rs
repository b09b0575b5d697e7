//! Why rights were not given or taken.

use std::fmt;

use crate::postgres::{refusal::list, table_name::TableName};

/// Why rights were not given or taken. Nothing was changed by that step.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// The role of this name is another one than that which is meant.
    #[error("the role of this name is another one than before")]
    AnotherRole,
    /// There are no such publications.
    #[error("there is no publication {}", list(.0))]
    NoPublications(Vec<String>),
    /// There are no such owners of tables to come.
    #[error("there is no role {}", list(.0))]
    NoOwners(Vec<String>),
    /// Row level security may hide rows of these tables from the role.
    #[error("row level security may hide rows of {}", list(.0))]
    Hidden(Vec<TableName>),
    /// The server gave nothing on these, whatever it answered.
    #[error("no right was given on {}", list(.0))]
    NotGiven(Vec<Owned>),
    /// The server left these rights, whatever it answered.
    #[error("the right was not taken on {}", list(.0))]
    NotTaken(Vec<Owned>),
    /// To take the right on these tables would take one on their columns that the role has given on.
    #[error("the role has given on what it may read of {}", list(.0))]
    GivenOn(Vec<TableName>),
}

/// Something on which rights are given, with its owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    /// What it is, such as `table public.orders`.
    pub what: String,
    /// Whose rights it takes.
    pub owner: String,
}

impl Owned {
    /// Something of an owner.
    pub(in crate::postgres) fn new(what: impl Into<String>, owner: &str) -> Self {
        Self {
            what: what.into(),
            owner: owner.to_owned(),
        }
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.what, self.owner)
    }
}
