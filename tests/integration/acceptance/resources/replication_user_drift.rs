//! `rdsiam_replication_user` whose role was changed behind the provider's back.

use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, on_both_sides_of_16,
    user::{ADDRESS, resource, workspace},
};

#[apply(on_both_sides_of_16)]
fn replication_user_dropped_is_planned_again(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("DROP ROLE app");
    workspace
        .plan()
        .changes()
        .says("1 to add, 0 to change, 0 to destroy");
}

#[apply(on_both_sides_of_16)]
fn replication_user_dropped_and_made_anew_is_another_role_and_granted_everything_again(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("DROP ROLE app; CREATE ROLE app LOGIN");
    workspace
        .plan()
        .changes()
        .says("Role Is Another One")
        .says("somebody dropped that, and created one of the same name")
        .says("1 to add, 0 to change, 0 to destroy");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
    // It answers for the right again, which it gave to the new role.
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[apply(on_both_sides_of_16)]
fn replication_user_renamed_is_gone_under_its_name_and_keeps_its_grants(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("ALTER ROLE app RENAME TO renamed");
    workspace
        .plan()
        .changes()
        .says("it is now called \"renamed\". It leaves the state")
        .says("1 to add, 0 to change, 0 to destroy");
    workspace
        .apply()
        .failure()
        .says("There is no role \"app\"")
        .says("create_role");
    assert_eq!(
        stand_in.memberships("renamed"),
        ["rds_iam", "rds_replication"]
    );
    stand_in.sql("ALTER ROLE renamed RENAME TO app");
    workspace
        .apply()
        .success()
        .says("was in rds_iam and in rds_replication already");
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn replication_user_changed_where_nothing_is_declared_is_no_drift(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql(
        "ALTER ROLE app NOLOGIN NOINHERIT PASSWORD 'another' VALID UNTIL '2001-01-01' CONNECTION LIMIT 0; \
         CREATE ROLE team; GRANT team TO app; CREATE ROLE late LOGIN; GRANT app TO late",
    );
    workspace.plan().empty();
    stand_in.sql("ALTER ROLE app LOGIN INHERIT");
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), ["team"]);
}

#[apply(on_both_sides_of_16)]
fn replication_user_right_taken_away_drifts_from_none(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("SET ROLE master; REVOKE rds_replication FROM app");
    workspace.plan().changes().says("\"none\" -> \"auto\"");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn replication_user_moved_into_rds_iam_through_a_group_drifts_and_is_granted_itself(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("CREATE ROLE team NOINHERIT; GRANT rds_iam TO team; GRANT team TO app");
    workspace.plan().empty();
    stand_in.sql("SET ROLE master; REVOKE rds_iam FROM app");
    workspace.plan().changes().says("false -> true");
    workspace.apply().success();
    assert_eq!(
        stand_in.memberships("app"),
        ["rds_iam", "rds_replication", "team"]
    );
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["rds_iam"], true);
}

#[apply(on_both_sides_of_16)]
fn replication_user_right_taken_away_and_ignored_is_not_granted_again(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let ignored = "lifecycle {\n    ignore_changes = [replication_privilege]\n  }";
    let workspace = workspace(&stand_in, "app", ignored);
    workspace.apply().success();
    stand_in.sql("SET ROLE master; REVOKE rds_iam, rds_replication FROM app");
    workspace
        .plan()
        .changes()
        .says("false -> true")
        .does_not_say("-> \"auto\"");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam"]);
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["replication_privilege"], "none");
    workspace.plan().empty();
    // What somebody else grants again is shown, and left.
    stand_in.sql("SET ROLE master; GRANT rds_replication TO app; REVOKE rds_iam FROM app");
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["replication_privilege"], "rds_replication");
    workspace.plan().empty();
}

#[test]
fn replication_user_privilege_none_is_nothing_to_configure() {
    let workspace = Workspace::offline();
    workspace.write(&resource("app", "replication_privilege = \"none\""));
    workspace
        .run(&["validate"])
        .failure()
        .says("replication_privilege");
}
