//! The right to replicate: membership in `rds_replication`, the REPLICATION attribute, or both.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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

/// The sources of the right. In JSON it is the argument's value that says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", from = "Stored")]
pub struct PrivilegeSources {
    /// Direct membership in `rds_replication`.
    pub membership: bool,
    /// The REPLICATION attribute.
    pub attribute: bool,
}

/// The forms that [`PrivilegeSources`] have in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Argument(Argument),
    /// Of earlier versions of the provider.
    Fields {
        membership: bool,
        attribute: bool,
    },
}

/// The argument's values that stand for the same sources on each server.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Argument {
    None,
    RdsReplication,
    Attribute,
    Both,
}

impl ReplicationPrivilege {
    /// The sources that it stands for on that server.
    pub fn sources(self, snapshot: &Snapshot) -> PrivilegeSources {
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
        PrivilegeSources {
            membership,
            attribute,
        }
    }
}

impl PrivilegeSources {
    /// The sources that a user has.
    pub fn from_snapshot(snapshot: &Snapshot, name: &str) -> Self {
        Self {
            membership: !snapshot.direct(name, RDS_REPLICATION).is_empty(),
            attribute: snapshot.role(name).is_some_and(|role| role.has_replication),
        }
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The sources that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            membership: self.membership && other.membership,
            attribute: self.attribute && other.attribute,
        }
    }

    /// The sources that are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            membership: self.membership || other.membership,
            attribute: self.attribute || other.attribute,
        }
    }

    /// The sources that are not in the other.
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

impl From<PrivilegeSources> for &'static str {
    fn from(sources: PrivilegeSources) -> Self {
        sources.as_str()
    }
}

impl From<Stored> for PrivilegeSources {
    fn from(stored: Stored) -> Self {
        let (membership, attribute) = match stored {
            Stored::Argument(Argument::None) => (false, false),
            Stored::Argument(Argument::RdsReplication) => (true, false),
            Stored::Argument(Argument::Attribute) => (false, true),
            Stored::Argument(Argument::Both) => (true, true),
            Stored::Fields {
                membership,
                attribute,
            } => (membership, attribute),
        };
        Self {
            membership,
            attribute,
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

impl fmt::Display for PrivilegeSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::PrivilegeSources;

    #[test]
    fn parts_in_json_are_the_arguments_value_and_the_form_of_earlier_versions_is_read() {
        for (membership, attribute, json) in [
            (false, false, r#""none""#),
            (true, false, r#""rds_replication""#),
            (false, true, r#""attribute""#),
            (true, true, r#""both""#),
        ] {
            let sources = PrivilegeSources {
                membership,
                attribute,
            };
            assert_eq!(serde_json::to_string(&sources).expect("a text"), json);
            let earlier = format!(r#"{{"membership":{membership},"attribute":{attribute}}}"#);
            for json in [json, &earlier] {
                let read: PrivilegeSources =
                    serde_json::from_str(json).expect("it is one of the forms");
                assert_eq!(read, sources, "{json}");
            }
        }
        assert!(serde_json::from_str::<PrivilegeSources>(r#""auto""#).is_err());
    }
}
