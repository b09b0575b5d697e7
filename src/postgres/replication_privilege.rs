//! The right to replicate: membership in `rds_replication`, the REPLICATION attribute, or both.

use std::{fmt, str::FromStr};

use super::{rds_roles::RDS_REPLICATION, snapshot::Snapshot};

/// How a user gets the right to replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicationPrivilege {
    /// Membership in `rds_replication` where that role exists, else the attribute.
    Auto,
    /// Membership in `rds_replication`.
    RdsReplication,
    /// The attribute, as in `ALTER USER .. WITH REPLICATION`.
    Attribute,
    /// Membership and attribute.
    Both,
    /// Nothing. No configuration says so: it is what a state has whose right is gone, and what is planned
    /// where changes of it are ignored.
    None,
}

/// The parts of the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parts {
    /// Direct membership in `rds_replication`.
    pub membership: bool,
    /// The REPLICATION attribute.
    pub attribute: bool,
}

impl ReplicationPrivilege {
    /// The parts that it stands for on that server.
    pub fn parts(self, snapshot: &Snapshot) -> Parts {
        let (membership, attribute) = match self {
            Self::Auto => {
                let exists = snapshot.oid(RDS_REPLICATION).is_some();
                (exists, !exists)
            }
            Self::RdsReplication => (true, false),
            Self::Attribute => (false, true),
            Self::Both => (true, true),
            Self::None => (false, false),
        };
        Parts {
            membership,
            attribute,
        }
    }
}

impl Parts {
    /// The parts that a user has.
    pub fn of(snapshot: &Snapshot, name: &str) -> Self {
        Self {
            membership: !snapshot.direct(name, RDS_REPLICATION).is_empty(),
            attribute: snapshot.role(name).is_some_and(|role| role.has_replication),
        }
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The parts that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            membership: self.membership && other.membership,
            attribute: self.attribute && other.attribute,
        }
    }

    /// The parts that are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            membership: self.membership || other.membership,
            attribute: self.attribute || other.attribute,
        }
    }

    /// The parts that are not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            membership: self.membership && !other.membership,
            attribute: self.attribute && !other.attribute,
        }
    }

    /// The argument's value that says so; `none` when there is none.
    pub fn as_str(self) -> &'static str {
        match (self.membership, self.attribute) {
            (false, false) => "none",
            (true, false) => "rds_replication",
            (false, true) => "attribute",
            (true, true) => "both",
        }
    }
}

impl FromStr for ReplicationPrivilege {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "rds_replication" => Ok(Self::RdsReplication),
            "attribute" => Ok(Self::Attribute),
            "both" => Ok(Self::Both),
            "none" => Ok(Self::None),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
