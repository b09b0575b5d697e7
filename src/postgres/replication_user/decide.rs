//! What is to be done to make a user what it is to be: decided from the catalog alone.

use std::collections::BTreeSet;

use super::{
    retry::PROBATION_PAUSE,
    revoke_statements::{remaining_membership, revoke_statements},
};
use crate::postgres::{
    Batch, Error, Statement, Verifier,
    ident::Ident,
    membership::{NestedLogin, RowKind},
    rds_roles::{RDS_AD, RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
    refusal::Refusal,
    replication_privilege::{PrivilegeSources, ReplicationPrivilege},
    snapshot::{Oid, Snapshot},
    statement,
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

/// A login that is inside a role as a creator of roles alone.
#[derive(Clone, Debug)]
pub(super) struct Doubtful {
    pub(super) nested: NestedLogin,
    /// The memberships that lead to it.
    pub(super) rows: BTreeSet<RowKind>,
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
    let had = PrivilegeSources::of(snapshot, name);
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
        let (allowed, others): (Vec<_>, Vec<_>) = snapshot
            .logins_affected_by_grant(name)
            .into_iter()
            .partition(|nested| desired.allow_iam_for.contains(&nested.login));
        let (uncertain, certain): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|nested| nested.only_as_creator);
        if !in_rds_iam {
            if let Some(reason) = &desired.no_tokens_because {
                return Err(Refusal::NoTokens(reason.clone()).into());
            }
            if !certain.is_empty() {
                return Err(Refusal::WouldForce(certain).into());
            }
            statements.extend([statement::grant(RDS_IAM, &ident)]);
            forced = allowed;
        }
        doubtful = uncertain
            .into_iter()
            .map(|nested| Doubtful {
                rows: snapshot.rows_between(name, &nested.login),
                nested,
            })
            .collect();
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

/// Refuses a role that has the name of the one that is meant, and is another object.
pub(super) fn refuse_another(
    snapshot: &Snapshot,
    name: &str,
    oid: Option<Oid>,
) -> Result<(), Error> {
    match (oid, snapshot.oid(name)) {
        (Some(meant), Some(found)) if meant != found => Err(Refusal::AnotherRole {
            now_called: snapshot.roles.get(&meant).map(|role| role.name.clone()),
        }
        .into()),
        _ => Ok(()),
    }
}

/// Refuses to go on where the name of the role has come to be that of another object within the transaction:
/// statements name roles, and somebody may rename one.
pub(super) fn refuse_change(
    before: Option<Oid>,
    after: &Snapshot,
    name: &str,
    attempted: &str,
) -> Result<(), Error> {
    match after.oid(name) == before {
        true => Ok(()),
        false => Err(Error::AnotherObject(attempted.to_owned())),
    }
}

/// Refuses names that are not the practitioner's to give.
pub(super) fn refuse_name(name: &str) -> Result<(), Error> {
    match name.starts_with("pg_") || name.starts_with("rds") {
        true => Err(Refusal::Reserved.into()),
        false => Ok(()),
    }
}

/// Refuses roles that nobody may hand over to IAM.
fn refuse_role(snapshot: &Snapshot, desired: &Desired) -> Result<(), Error> {
    let name = &desired.name;
    refuse_name(name)?;
    if snapshot.role(name).is_some_and(|role| role.is_superuser) {
        return Err(Refusal::Reserved.into());
    }
    if [&snapshot.session_user, &snapshot.current_user].contains(&name) {
        return Err(Refusal::OwnLogin.into());
    }
    let is_master = match &desired.master_username {
        Some(master) => name == master,
        // Only a host is known: any administrator may be the master user.
        None => snapshot.logins_in(RDS_SUPERUSER).contains(name),
    };
    if is_master {
        return Err(Refusal::Master.into());
    }
    match snapshot.path(name, RDS_AD) {
        Some(path) if desired.rds_iam => Err(Refusal::InRdsAd(path).into()),
        _ => Ok(()),
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
        .without(PrivilegeSources::of(snapshot, name))
        .is_none()
    {
        return Err(Refusal::NotInCatalog("the right to replicate").into());
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::postgres::membership::tests::snapshot;

    const PLAIN: [bool; 3] = [false, true, true];
    const ROLES: [(&str, bool); 7] = [
        ("rds_iam", false),
        ("rds_replication", false),
        ("rds_superuser", false),
        ("rds_ad", false),
        ("master", true),
        ("app", true),
        ("inside", true),
    ];

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

    #[test]
    fn user_that_is_the_master_the_own_login_or_reserved_is_refused() {
        let rows = [("rds_superuser", "inside", "rdsadmin", PLAIN)];
        let snapshot = snapshot(150_000, &ROLES, &rows);
        assert_eq!(
            refusal(decide(&snapshot, &desired("master"))),
            Refusal::OwnLogin
        );
        assert_eq!(
            refusal(decide(&snapshot, &desired("rds_iam"))),
            Refusal::Reserved
        );
        assert_eq!(
            refusal(decide(&snapshot, &desired("pg_monitor"))),
            Refusal::Reserved
        );
        let mut by_host = desired("inside");
        by_host.master_username = None;
        assert_eq!(refusal(decide(&snapshot, &by_host)), Refusal::Master);
    }

    #[test]
    fn user_inside_rds_ad_is_refused_with_the_path() {
        let rows = [
            ("rds_ad", "inside", "rdsadmin", PLAIN),
            ("inside", "app", "rdsadmin", PLAIN),
        ];
        let refusal = refusal(decide(&snapshot(150_000, &ROLES, &rows), &desired("app")));
        let path = ["app", "inside", "rds_ad"].map(str::to_owned).to_vec();
        assert_eq!(refusal, Refusal::InRdsAd(path));
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
