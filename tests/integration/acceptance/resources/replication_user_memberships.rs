//! `rdsiam_replication_user` among the memberships of others: logins inside it, groups it is in, and
//! grants that somebody else made.

use rstest_reuse::apply;

use crate::support::{
    StandIn, before_16, from_16, on_both_sides_of_16,
    user::{ADDRESS, rewrite, workspace},
};

/// Logins inside `app`, in every way there is on all servers.
const INSIDE: &str = "CREATE ROLE app LOGIN; \
    CREATE ROLE direct LOGIN; GRANT app TO direct; \
    CREATE ROLE noinherit LOGIN NOINHERIT; GRANT app TO noinherit; \
    CREATE ROLE team NOINHERIT; GRANT app TO team; CREATE ROLE nested LOGIN; GRANT team TO nested";
/// The ways that came with 16.
const INSIDE_FROM_16: &str = "CREATE ROLE dba; GRANT app TO dba WITH ADMIN OPTION; \
    CREATE ROLE inherit_false LOGIN; GRANT app TO inherit_false WITH INHERIT FALSE, SET FALSE; \
    CREATE ROLE admin_only LOGIN; SET ROLE dba; \
    GRANT app TO admin_only WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";

fn grantors(stand_in: &StandIn, role: &str) -> Option<String> {
    stand_in.sql_value(&format!(
        "SELECT string_agg(grantor, ' ' ORDER BY grantor) FROM (SELECT pg_get_userbyid(grantor)::text AS grantor FROM pg_auth_members \
         WHERE pg_get_userbyid(member) = '{role}' AND pg_get_userbyid(roleid) = 'rds_iam') AS rows"
    ))
}

#[apply(on_both_sides_of_16)]
fn replication_user_logins_inside_are_refused_with_their_paths_unless_listed(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(INSIDE);
    let mut logins = vec![
        ("direct", "direct (app <- direct)"),
        ("noinherit", "noinherit (app <- noinherit)"),
        ("nested", "nested (app <- team <- nested)"),
    ];
    if major >= 16 {
        stand_in.sql(INSIDE_FROM_16);
        logins.extend([
            ("inherit_false", "inherit_false (app <- inherit_false)"),
            ("admin_only", "admin_only (app <- admin_only)"),
        ]);
    }
    let workspace = workspace(&stand_in, "app", "");
    let refused = workspace.apply().failure().says("allow_iam_for");
    for (login, path) in &logins {
        assert!(refused.text().contains(path), "{login}: {}", refused.text());
    }
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    // One that is not listed is enough.
    let allow = |logins: &[(&str, &str)]| {
        let names: Vec<&str> = logins.iter().map(|(login, _)| *login).collect();
        format!("allow_iam_for = {names:?}")
    };
    rewrite(&workspace, &stand_in, "app", &allow(&logins[1..]));
    workspace
        .apply()
        .failure()
        .says(logins[0].1)
        .does_not_say(logins[1].1);
    rewrite(&workspace, &stand_in, "app", &allow(&logins));
    workspace.apply().success().says("Other Logins Forced");
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn replication_user_in_rds_iam_through_a_group_stays_there_and_the_path_is_named(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE app LOGIN NOINHERIT; CREATE ROLE team; GRANT rds_iam TO team; GRANT team TO app",
    );
    // Only a direct membership is the resource's own.
    let workspace = workspace(&stand_in, "app", "");
    workspace
        .plan()
        .changes()
        .does_not_say("Password Logins To End");
    workspace.apply().success();
    assert_eq!(
        stand_in.memberships("app"),
        ["rds_iam", "rds_replication", "team"]
    );
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "app", "rds_iam = false");
    workspace
        .apply()
        .failure()
        .says("through app -> team -> rds_iam");
    assert_eq!(
        stand_in.memberships("app"),
        ["rds_iam", "rds_replication", "team"]
    );
    workspace
        .destroy()
        .success()
        .says("Membership In rds_iam Left")
        .says("through app -> team -> rds_iam");
    assert_eq!(stand_in.memberships("app"), ["team"]);
}

#[test]
fn replication_user_membership_of_another_grantor_before_16_is_revoked_like_any() {
    let stand_in = StandIn::start(before_16());
    stand_in.sql("GRANT rds_iam TO cdc");
    let workspace = workspace(&stand_in, "cdc", "");
    workspace
        .apply()
        .success()
        .says("was in rds_iam and in rds_replication already");
    rewrite(&workspace, &stand_in, "cdc", "rds_iam = false");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
    workspace.plan().empty();
}

#[test]
fn replication_user_memberships_of_other_grantors_from_16_survive_and_are_named() {
    let stand_in = StandIn::start(from_16());
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    assert_eq!(grantors(&stand_in, "cdc").as_deref(), Some("rds_superuser"));
    stand_in.sql(
        "GRANT rds_iam TO cdc; CREATE ROLE dba; \
         GRANT rds_iam TO dba WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; SET ROLE dba; GRANT rds_iam TO cdc",
    );
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "cdc", "rds_iam = false");
    workspace.apply().failure().says("granted by dba, rdsadmin");
    // All or nothing.
    assert_eq!(
        grantors(&stand_in, "cdc").as_deref(),
        Some("dba rds_superuser rdsadmin")
    );
    assert_eq!(workspace.state(ADDRESS).expect("a state")["rds_iam"], true);
    workspace
        .destroy()
        .success()
        .says("Membership In rds_iam Left")
        .says("granted by dba, rdsadmin");
    assert_eq!(grantors(&stand_in, "cdc").as_deref(), Some("dba rdsadmin"));
}

#[test]
fn replication_user_membership_that_nobody_here_may_revoke_from_16_is_an_error_not_a_success() {
    let stand_in = StandIn::start(from_16());
    stand_in.sql("GRANT rds_iam TO cdc");
    let workspace = workspace(&stand_in, "cdc", "");
    workspace
        .apply()
        .success()
        .says("Membership In rds_iam Adopted");
    rewrite(&workspace, &stand_in, "cdc", "rds_iam = false");
    workspace.apply().failure().says("rdsadmin");
    assert_eq!(workspace.state(ADDRESS).expect("a state")["rds_iam"], true);
}
