//! Roles that are not the one that is meant, or that nobody may hand over to IAM.

use super::desired::Desired;
use crate::postgres::{
    Error,
    rds_roles::{RDS_AD, RDS_SUPERUSER},
    refusal::Refusal,
    snapshot::{Oid, Snapshot},
};

/// Refuses to take another role for the one that is meant: that of its name is another object, or it has another
/// name, as far as the snapshot shows the object.
pub(super) fn refuse_another(
    snapshot: &Snapshot,
    name: &str,
    oid: Option<Oid>,
) -> Result<(), Error> {
    let (Some(meant), found) = (oid, snapshot.oid(name)) else {
        return Ok(());
    };
    let now_called = snapshot.roles.get(&meant).map(|role| role.name.clone());
    match found == Some(meant) || (found.is_none() && now_called.is_none()) {
        true => Ok(()),
        false => Err(Refusal::AnotherRole { now_called }.into()),
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
pub(super) fn refuse_role(snapshot: &Snapshot, desired: &Desired) -> Result<(), Error> {
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

#[cfg(test)]
mod tests {
    use super::{super::desired::tests::desired, *};
    use crate::postgres::membership::tests::snapshot;

    const PLAIN: [bool; 3] = [false, true, true];
    const ROLES: [(&str, bool); 6] = [
        ("rds_iam", false),
        ("rds_superuser", false),
        ("rds_ad", false),
        ("master", true),
        ("app", true),
        ("inside", true),
    ];

    fn refusal(snapshot: &Snapshot, desired: &Desired) -> Refusal {
        match refuse_role(snapshot, desired) {
            Err(Error::Refused(refusal)) => *refusal,
            other => panic!("{other:?} is no refusal"),
        }
    }

    #[test]
    fn user_that_is_the_master_the_own_login_or_reserved_is_refused() {
        let rows = [("rds_superuser", "inside", "rdsadmin", PLAIN)];
        let snapshot = snapshot(150_000, &ROLES, &rows);
        let mut by_host = desired("inside");
        by_host.master_username = None;
        let refused = |desired: &Desired| refusal(&snapshot, desired);
        assert!(matches!(refused(&desired("master")), Refusal::OwnLogin));
        assert!(matches!(refused(&desired("rds_iam")), Refusal::Reserved));
        assert!(matches!(refused(&desired("pg_monitor")), Refusal::Reserved));
        assert!(matches!(refused(&by_host), Refusal::Master));
    }

    #[test]
    fn user_inside_rds_ad_is_refused_with_the_path() {
        let rows = [
            ("rds_ad", "inside", "rdsadmin", PLAIN),
            ("inside", "app", "rdsadmin", PLAIN),
        ];
        let Refusal::InRdsAd(path) = refusal(&snapshot(150_000, &ROLES, &rows), &desired("app"))
        else {
            panic!("another refusal");
        };
        assert_eq!(path, ["app", "inside", "rds_ad"]);
    }
}
