//! Who comes into `rds_iam` with a role.

use std::collections::BTreeSet;

use super::desired::Desired;
use crate::postgres::{
    membership::{NestedLogin, RowKind},
    snapshot::Snapshot,
};

/// The logins inside a role that a grant to it forces to IAM, or may force.
#[derive(Debug)]
pub(super) struct Affected {
    /// Those that may be.
    pub(super) allowed: Vec<NestedLogin>,
    /// Those that are for certain, and may not be.
    pub(super) certain: Vec<NestedLogin>,
    /// Those that may not be, and of whom only the server can say whether they are.
    pub(super) doubtful: Vec<Doubtful>,
}

/// A login that is inside a role as a creator of roles alone.
#[derive(Clone, Debug)]
pub(super) struct Doubtful {
    pub(super) nested: NestedLogin,
    /// The memberships that lead to it.
    pub(super) rows: BTreeSet<RowKind>,
}

impl Affected {
    pub(super) fn new(snapshot: &Snapshot, desired: &Desired) -> Self {
        let (allowed, others): (Vec<_>, Vec<_>) = snapshot
            .logins_affected_by_grant(&desired.name)
            .into_iter()
            .partition(|nested| desired.allow_iam_for.contains(&nested.login));
        let (uncertain, certain): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|nested| nested.only_as_creator);
        let doubtful = uncertain
            .into_iter()
            .map(|nested| Doubtful {
                rows: snapshot.rows_between(&desired.name, &nested.login),
                nested,
            })
            .collect();
        Self {
            allowed,
            certain,
            doubtful,
        }
    }
}
