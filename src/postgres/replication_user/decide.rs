//! What is to be done to make a user what it is to be: decided from the catalog alone.

use super::{
    affected::{Affected, Doubtful},
    desired::{Desired, Outcome},
    refuse::{refuse_another, refuse_role},
    revoke_statements::{remaining_membership, revoke_statements},
};
use crate::postgres::{
    Batch, Error, Statement,
    ident::Ident,
    rds_roles::{RDS_IAM, RDS_REPLICATION},
    refusal::Refusal,
    replication_privilege::PrivilegeSources,
    snapshot::Snapshot,
    statement,
};

/// What is to be run, and what it amounts to.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) statements: Batch,
    /// Gives an existing role another password; `None` when it keeps the one that it has. Not among the
    /// others: nobody could give the old one back.
    pub(super) password: Option<Statement>,
    /// Whether the REPLICATION attribute is given (true) or taken, after the statements.
    pub(super) attribute: Option<bool>,
    pub(super) outcome: Outcome,
    /// Sources of the right to replicate that are taken.
    pub(super) taken: PrivilegeSources,
    /// Logins of whom only the server can say whether they are forced with the role.
    pub(super) doubtful: Vec<Doubtful>,
    /// Whether the session may run PL/pgSQL.
    pub(super) can_do: bool,
}

/// Decides from the catalog alone. A role that is to be created is there already.
pub(super) fn decide(snapshot: &Snapshot, desired: &Desired) -> Result<Decision, Error> {
    let name = &desired.name;
    let ident = Ident::new(name)?;
    refuse_role(snapshot, desired)?;
    let role = snapshot.role(name).ok_or(Refusal::NoSuchRole)?;
    refuse_another(snapshot, name, desired.oid)?;
    let mut statements = Batch::default();
    if desired.create_role {
        // Next to the grants: for all of them the server walks through every role that the login has created.
        statements.extend([statement::comment_role(&ident)]);
    }
    let password = desired
        .password
        .as_ref()
        .filter(|_| !desired.create_role)
        .map(|password| statement::alter_password(&ident, password));
    let wanted = desired.privilege.sources(snapshot);
    let had = PrivilegeSources::from_snapshot(snapshot, name);
    let granted = wanted.without(had);
    let unwanted = desired.take_back.without(wanted).and(had);
    if granted.membership {
        if snapshot.oid(RDS_REPLICATION).is_none() {
            return Err(Refusal::NoSuchGroup(RDS_REPLICATION).into());
        }
        statements.extend([statement::grant(RDS_REPLICATION, &ident)]);
    }
    if unwanted.membership {
        statements.extend(revoke_statements(snapshot, name, RDS_REPLICATION)?);
    }
    let in_rds_iam = !snapshot.direct(name, RDS_IAM).is_empty();
    let (mut forced, mut doubtful) = (Vec::new(), Vec::new());
    if desired.rds_iam {
        if snapshot.oid(RDS_IAM).is_none() {
            return Err(Refusal::NoSuchGroup(RDS_IAM).into());
        }
        let affected = Affected::new(snapshot, desired);
        if !in_rds_iam {
            if let Some(reason) = &desired.no_tokens_because {
                return Err(Refusal::NoTokens(reason.clone()).into());
            }
            if !affected.certain.is_empty() {
                return Err(Refusal::WouldForce(affected.certain).into());
            }
            statements.extend([statement::grant(RDS_IAM, &ident)]);
            forced = affected.allowed;
        }
        doubtful = affected.doubtful;
    } else if in_rds_iam {
        statements.extend(revoke_statements(snapshot, name, RDS_IAM)?);
    }
    Ok(Decision {
        statements,
        password,
        attribute: (granted.attribute || unwanted.attribute).then_some(granted.attribute),
        outcome: Outcome {
            created: desired.create_role,
            oid: snapshot.oid(name).unwrap_or_default(),
            can_login: role.can_login,
            rds_iam_found: desired.rds_iam && in_rds_iam,
            granted,
            found: wanted.and(had),
            is_scram_among_md5: desired.password.is_some()
                && snapshot.password_encryption.as_deref() == Some("md5"),
            forced,
            newcomers: Vec::new(),
        },
        taken: unwanted,
        doubtful,
        can_do: snapshot.runs.can_do,
    })
}

impl Decision {
    /// Whether the role comes into `rds_iam`, and everybody inside with it.
    pub(super) fn grants_rds_iam(&self, desired: &Desired) -> bool {
        desired.rds_iam && !self.outcome.rds_iam_found
    }
}

/// Reads the catalog back: a statement may succeed and change nothing.
pub(super) fn verify(snapshot: &Snapshot, desired: &Desired) -> Result<(), Error> {
    let name = &desired.name;
    if snapshot.role(name).is_none() {
        return Err(Refusal::NotInCatalog("the role").into());
    }
    if desired.rds_iam && snapshot.direct(name, RDS_IAM).is_empty() {
        return Err(Refusal::NotInCatalog("the membership in rds_iam").into());
    }
    if !desired.rds_iam {
        let remaining_membership = remaining_membership(snapshot, name);
        if !remaining_membership.is_empty() {
            return Err(Refusal::MembershipRemains(remaining_membership).into());
        }
    }
    let wanted = desired.privilege.sources(snapshot);
    if !wanted
        .without(PrivilegeSources::from_snapshot(snapshot, name))
        .is_none()
    {
        return Err(Refusal::NotInCatalog("the right to replicate").into());
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::desired::tests::desired, *};
    use crate::postgres::{
        membership::tests::snapshot, replication_privilege::ReplicationPrivilege,
    };

    pub(in super::super) const PLAIN: [bool; 3] = [false, true, true];
    pub(in super::super) const ROLES: [(&str, bool); 7] = [
        ("rds_iam", false),
        ("rds_replication", false),
        ("rds_superuser", false),
        ("rds_ad", false),
        ("master", true),
        ("app", true),
        ("inside", true),
    ];

    fn refusal(decision: Result<Decision, Error>) -> Refusal {
        match decision {
            Err(Error::Refused(refusal)) => *refusal,
            other => panic!("{other:?} is no refusal"),
        }
    }

    #[test]
    fn user_with_nothing_is_granted_both_without_a_revoke() {
        let decision = decide(&snapshot(150_000, &ROLES, &[]), &desired("app")).expect("allowed");
        assert_eq!(
            decision.statements.to_string(),
            "GRANT rds_replication TO \"app\"; GRANT rds_iam TO \"app\""
        );
    }

    #[test]
    fn user_with_everything_needs_no_statement_and_is_adopted() {
        let rows = [
            ("rds_iam", "app", "rdsadmin", PLAIN),
            ("rds_replication", "app", "rdsadmin", PLAIN),
        ];
        let decision = decide(&snapshot(160_000, &ROLES, &rows), &desired("app")).expect("allowed");
        assert_eq!(decision.statements.to_string(), "");
        assert!(decision.outcome.rds_iam_found);
        assert!(decision.outcome.granted.is_none());
    }

    #[test]
    fn user_on_a_server_without_rds_replication_gets_the_attribute() {
        let roles = [("rds_iam", false), ("master", true), ("app", true)];
        let decision = decide(&snapshot(150_000, &roles, &[]), &desired("app")).expect("allowed");
        assert_eq!(decision.statements.to_string(), "GRANT rds_iam TO \"app\"");
        assert_eq!(decision.attribute, Some(true));
    }

    #[test]
    fn user_with_a_login_inside_is_refused_until_it_is_allowed() {
        let snapshot = snapshot(150_000, &ROLES, &[("app", "inside", "rdsadmin", PLAIN)]);
        let mut desired = desired("app");
        let Refusal::WouldForce(logins) = refusal(decide(&snapshot, &desired)) else {
            panic!("another refusal");
        };
        assert_eq!(logins[0].path, ["app", "inside"]);
        desired.allow_iam_for.insert("inside".to_owned());
        let decision = decide(&snapshot, &desired).expect("allowed");
        assert_eq!(decision.outcome.forced[0].login, "inside");
    }

    #[test]
    fn user_whose_creator_is_inside_since_16_leaves_that_one_in_doubt() {
        let rows = [("app", "master", "rdsadmin", [true, false, false])];
        let since = decide(&snapshot(160_000, &ROLES, &rows), &desired("app")).expect("allowed");
        assert_eq!(since.doubtful[0].nested.login, "master");
        let before = decide(&snapshot(150_000, &ROLES, &rows), &desired("app"));
        assert!(matches!(refusal(before), Refusal::WouldForce(_)));
    }

    #[test]
    fn user_whose_creator_is_allowed_leaves_those_inside_the_creator_in_doubt() {
        let rows = [
            ("app", "master", "rdsadmin", [true, false, false]),
            ("master", "inside", "rdsadmin", PLAIN),
        ];
        let mut desired = desired("app");
        desired.allow_iam_for.insert("master".to_owned());
        let decision = decide(&snapshot(160_000, &ROLES, &rows), &desired).expect("allowed");
        assert_eq!(decision.outcome.forced[0].login, "master");
        assert_eq!(decision.doubtful[0].nested.login, "inside");
    }

    #[test]
    fn user_whose_privilege_changed_loses_only_what_was_granted_before() {
        let rows = [
            ("rds_iam", "app", "rdsadmin", PLAIN),
            ("rds_replication", "app", "master", PLAIN),
        ];
        let mut desired = desired("app");
        desired.privilege = ReplicationPrivilege::Attribute;
        let kept = decide(&snapshot(150_000, &ROLES, &rows), &desired).expect("allowed");
        assert_eq!(kept.statements.to_string(), "");
        assert_eq!(kept.attribute, Some(true));
        desired.take_back.membership = true;
        let taken = decide(&snapshot(150_000, &ROLES, &rows), &desired).expect("allowed");
        assert_eq!(
            taken.statements.to_string(),
            "REVOKE rds_replication FROM \"app\""
        );
    }

    #[test]
    fn user_out_of_rds_iam_is_revoked_per_grantor_whose_rights_the_session_has() {
        let rows = [
            ("rds_superuser", "master", "rdsadmin", PLAIN),
            ("rds_iam", "app", "rds_superuser", PLAIN),
            ("rds_iam", "app", "rdsadmin", PLAIN),
            ("rds_replication", "app", "rdsadmin", PLAIN),
        ];
        let mut desired = desired("app");
        desired.rds_iam = false;
        let decision = decide(&snapshot(160_000, &ROLES, &rows), &desired).expect("allowed");
        assert_eq!(
            decision.statements.to_string(),
            "REVOKE rds_iam FROM \"app\" GRANTED BY \"rds_superuser\""
        );
    }
}
