//! The REVOKE statements that end a membership, and what remains of one.

use std::collections::BTreeSet;

use crate::postgres::{
    Batch, Error, ident::Ident, rds_roles::RDS_IAM, refusal::RemainingMembership,
    snapshot::Snapshot, statement,
};

/// The statements that end a role's direct membership in a group, as far as the session may. On 16
/// and later each grantor's row is a membership of its own.
pub(super) fn revoke_statements(
    snapshot: &Snapshot,
    name: &str,
    group: &str,
) -> Result<Batch, Error> {
    let role = Ident::new(name)?;
    if snapshot.direct(name, group).is_empty() {
        return Ok(Batch::default());
    }
    if !snapshot.has_grantor_rows() {
        return Ok(statement::revoke(group, &role, None).into());
    }
    let acts_as = snapshot.acts_as();
    snapshot
        .grantors(name, group)
        .into_iter()
        .filter(|grantor| acts_as.contains(grantor))
        .map(|grantor| {
            Ok(statement::revoke(
                group,
                &role,
                Some(&Ident::new(&grantor)?),
            ))
        })
        .collect()
}

/// What keeps a role in `rds_iam`.
pub(super) fn remaining_membership(snapshot: &Snapshot, name: &str) -> RemainingMembership {
    RemainingMembership {
        grantors: snapshot.grantors(name, RDS_IAM),
        // Longer than the two ends: through another group.
        path: snapshot.path(name, RDS_IAM).filter(|path| path.len() > 2),
    }
}

impl Snapshot {
    /// The roles whose grants the session may take back: as whom it acts, and those whose rights that one
    /// has.
    fn acts_as(&self) -> BTreeSet<String> {
        let is_superuser = self
            .role(&self.current_user)
            .is_some_and(|role| role.is_superuser);
        if is_superuser {
            return self.roles.values().map(|role| role.name.clone()).collect();
        }
        self.inherited_by(&self.current_user)
    }
}
