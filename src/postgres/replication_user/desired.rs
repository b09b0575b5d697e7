//! What a user is to be, and what was done for it.

use std::collections::BTreeSet;

use crate::postgres::{
    Verifier,
    membership::NestedLogin,
    replication_privilege::{PrivilegeSources, ReplicationPrivilege},
    snapshot::Oid,
};

/// What a user is to be.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The role.
    pub name: String,
    /// The object that the role was when it was last seen: a role of this name that is another object is
    /// somebody else's. `None` where that is not known.
    pub oid: Option<Oid>,
    /// Whether it is to be in `rds_iam`.
    pub rds_iam: bool,
    /// How it is to get the right to replicate.
    pub privilege: ReplicationPrivilege,
    /// Whether the role is to be created.
    pub create_role: bool,
    /// The password that it is to get; `None` leaves it as it is.
    pub password: Option<Verifier>,
    /// Logins inside the role that may be forced to IAM with it.
    pub allow_iam_for: BTreeSet<String>,
    /// The master user; `None` where only a host is known.
    pub master_username: Option<String>,
    /// Sources of the right that were granted before and are taken back unless they are wanted still.
    pub take_back: PrivilegeSources,
    /// Whether the server may be asked what it demands of a login.
    pub probe: bool,
    /// Why nobody could log in with a token, where that is known: then `rds_iam` is not granted.
    pub no_tokens_because: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The role was created.
    pub created: bool,
    /// The object that the role is.
    pub oid: Oid,
    /// The role can log in itself.
    pub can_login: bool,
    /// The membership in `rds_iam` was there already.
    pub rds_iam_found: bool,
    /// Sources of the right to replicate that were granted now.
    pub granted: PrivilegeSources,
    /// Sources of the right that were there already.
    pub found: PrivilegeSources,
    /// It was given a password that its server would have kept as MD5.
    pub is_scram_among_md5: bool,
    /// Logins that are forced to IAM from now on, as `allow_iam_for` says.
    pub forced: Vec<NestedLogin>,
    /// Logins that somebody else has put into the role after the grant was committed.
    pub newcomers: Vec<NestedLogin>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn desired(name: &str) -> Desired {
        Desired {
            name: name.to_owned(),
            rds_iam: true,
            privilege: ReplicationPrivilege::Auto,
            create_role: false,
            password: None,
            allow_iam_for: BTreeSet::new(),
            master_username: Some("master".to_owned()),
            take_back: PrivilegeSources::default(),
            probe: true,
            oid: None,
            no_tokens_because: None,
        }
    }
}
