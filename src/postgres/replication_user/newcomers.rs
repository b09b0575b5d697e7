//! Logins that come inside a role while it is granted `rds_iam`, or are forced by another grant that may be taken back.

use super::{affected::Doubtful, decide::Decision, desired::Desired, retry::PROBATION_PAUSE};
use crate::postgres::{Error, membership::NestedLogin, refusal::Refusal, snapshot::Snapshot};

impl Decision {
    /// Waits while a grant is on probation that logins inside the role may owe it to that they are forced
    /// already: it may be taken back, and then they would be by this one.
    pub(super) fn wait_for_what_forces(
        &self,
        snapshot: &Snapshot,
        desired: &Desired,
    ) -> Result<(), Error> {
        match self.grants_rds_iam(desired)
            && snapshot.runs.any_probation
            && !snapshot.logins_forced_anyway(&desired.name).is_empty()
        {
            true => Err(Error::OnProbation {
                attempted: format!("grant rds_iam to the role {:?}", desired.name),
                pause: PROBATION_PAUSE,
            }),
            false => Ok(()),
        }
    }

    /// Refuses to grant `rds_iam` when somebody else came inside since it was decided.
    pub(super) fn refuse_newcomers(
        &self,
        snapshot: &Snapshot,
        desired: &Desired,
    ) -> Result<(), Error> {
        if !self.grants_rds_iam(desired) {
            return Ok(());
        }
        // Whom it is cannot be seen before it is committed.
        if snapshot.has_members_to_come(self.outcome.oid) {
            return Err(Error::MembersToCome(desired.name.clone()));
        }
        match self.newcomers(snapshot, desired) {
            newcomers if newcomers.is_empty() => Ok(()),
            newcomers => Err(Refusal::WouldForce(newcomers).into()),
        }
    }

    /// Logins that came inside since it was decided.
    pub(super) fn newcomers(&self, snapshot: &Snapshot, desired: &Desired) -> Vec<NestedLogin> {
        let is_known = |nested: &NestedLogin| {
            let allowed = desired.allow_iam_for.contains(&nested.login);
            let rows = || snapshot.rows_between(&desired.name, &nested.login);
            let same = |one: &Doubtful| one.nested.login == nested.login && one.rows == rows();
            allowed || self.doubtful.iter().any(same)
        };
        snapshot
            .logins_affected_by_grant(&desired.name)
            .into_iter()
            .filter(|nested| !is_known(nested))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        decide::{
            decide,
            tests::{PLAIN, ROLES},
        },
        desired::tests::desired,
    };
    use crate::postgres::membership::tests::snapshot;

    #[test]
    fn user_into_whom_somebody_came_since_the_decision_is_refused() {
        let desired = desired("app");
        let before = [("app", "master", "rdsadmin", [true, false, false])];
        let decision = decide(&snapshot(160_000, &ROLES, &before), &desired).expect("allowed");
        let granted = ("rds_iam", "app", "rds_superuser", PLAIN);
        let alone = snapshot(160_000, &ROLES, &[before[0], granted]);
        assert!(decision.refuse_newcomers(&alone, &desired).is_ok());
        let came = ("app", "inside", "rdsadmin", PLAIN);
        let joined = snapshot(160_000, &ROLES, &[before[0], granted, came]);
        assert!(decision.refuse_newcomers(&joined, &desired).is_err());
        // The same login by a membership of another kind.
        let plain = snapshot(
            160_000,
            &ROLES,
            &[("app", "master", "master", PLAIN), granted],
        );
        assert!(decision.refuse_newcomers(&plain, &desired).is_err());
    }
}
