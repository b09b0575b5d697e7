//! `rdsiam_replication_user` whose role is another object by now: renamed, or dropped and made anew by
//! somebody else; and states of earlier versions, which do not say which object it was.

use rds_emulator::client::Connection;
use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, any_major, on_both_sides_of_16,
    user::{ADDRESS, resource, rewrite, workspace},
};

const CREATED: &str = "create_role = true";
const COMMENT: &str = "Created by terraform-provider-rdsiam";

fn count(stand_in: &StandIn, role: &str) -> Option<String> {
    stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_roles WHERE rolname = '{role}'"
    ))
}

fn destroy_without_refresh(workspace: &Workspace) -> crate::support::cli::Run {
    workspace.run(&["destroy", "-auto-approve", "-refresh=false"])
}

/// A role that the provider created, and that somebody else has put another one in place of.
fn made_anew(major: u16, comment: &str) -> (StandIn, Workspace) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = workspace(&stand_in, "fresh", CREATED);
    workspace.apply().success();
    stand_in.sql(&format!(
        "DROP ROLE fresh; SET ROLE master; CREATE ROLE fresh LOGIN; COMMENT ON ROLE fresh IS '{comment}'"
    ));
    (stand_in, workspace)
}

#[apply(on_both_sides_of_16)]
fn object_made_anew_by_somebody_else_is_not_changed(major: u16) {
    let (stand_in, workspace) = made_anew(major, "payments team");
    rewrite(
        &workspace,
        &stand_in,
        "fresh",
        "create_role = true\n  rds_iam = false",
    );
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure()
        .says("is another one than the role that is managed here, which is gone")
        .says("it is somebody else's");
    assert_eq!(stand_in.memberships("fresh"), [""; 0]);
    rewrite(&workspace, &stand_in, "fresh", CREATED);
    workspace
        .plan()
        .changes()
        .says("Role Is Another One")
        .says("somebody dropped that, and created one of the same name")
        .says("1 to add, 0 to change, 0 to destroy");
    workspace
        .apply()
        .failure()
        .says("this provider did not create it")
        .says("terraform import ADDRESS 'cluster:orders/fresh'");
    assert_eq!(stand_in.memberships("fresh"), [""; 0]);
    assert!(workspace.state(ADDRESS).is_none());
    workspace.destroy().success();
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("1"));
}

#[test]
fn object_made_anew_with_the_same_comment_is_not_dropped() {
    let (stand_in, workspace) = made_anew(any_major(), COMMENT);
    workspace.plan().changes().says("Role Is Another One");
    destroy_without_refresh(&workspace)
        .success()
        .says("Role Left")
        .says("somebody dropped that, and created one of the same name");
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("1"));
    workspace
        .apply()
        .failure()
        .says("with the comment of this provider");
}

#[test]
fn object_made_anew_keeps_its_sessions_whatever_is_forced() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let forced = "create_role = true\n  force_destroy = true";
    let workspace = workspace(&stand_in, "fresh", forced);
    workspace.apply().success();
    stand_in.sql(
        "DROP ROLE fresh; SET ROLE master; CREATE ROLE fresh LOGIN PASSWORD 'p'; GRANT rds_replication TO fresh",
    );
    let mut stream = stand_in
        .block_on(Connection::open(
            stand_in.cluster(),
            &stand_in.connection().ca_file,
            "fresh",
            "p",
        ))
        .expect("it may replicate");
    destroy_without_refresh(&workspace)
        .success()
        .says("Role Left");
    stand_in
        .block_on(stream.execute("IDENTIFY_SYSTEM"))
        .expect("the session goes on");
}

#[apply(on_both_sides_of_16)]
fn object_renamed_is_shown_with_its_name_and_not_dropped(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let workspace = workspace(&stand_in, "fresh", CREATED);
    workspace.apply().success();
    stand_in.sql("ALTER ROLE fresh RENAME TO renamed");
    for is_name_taken in [false, true] {
        if is_name_taken {
            stand_in.sql("CREATE ROLE fresh LOGIN");
        }
        let plan = workspace.plan().changes();
        plan.says("it is now called \"renamed\"")
            .says("1 to add, 0 to change, 0 to destroy");
    }
    rewrite(
        &workspace,
        &stand_in,
        "fresh",
        "create_role = true\n  rds_iam = false",
    );
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure()
        .says("is another one than the role that is managed here, which is now called \"renamed\"");
    destroy_without_refresh(&workspace)
        .success()
        .says("is now called \"renamed\"")
        .says("It was left as it is");
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("1"));
    assert_eq!(
        stand_in.memberships("renamed"),
        ["rds_iam", "rds_replication"]
    );
}

#[apply(on_both_sides_of_16)]
fn object_renamed_of_a_role_that_was_there_keeps_its_grants_at_destroy(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql(
        "ALTER ROLE app RENAME TO renamed; CREATE ROLE app LOGIN; SET ROLE master; GRANT rds_iam TO app",
    );
    destroy_without_refresh(&workspace)
        .success()
        .says("is now called \"renamed\"");
    assert_eq!(stand_in.memberships("app"), ["rds_iam"]);
    assert_eq!(
        stand_in.memberships("renamed"),
        ["rds_iam", "rds_replication"]
    );
}

#[apply(on_both_sides_of_16)]
fn object_made_anew_of_a_role_that_was_there_is_granted_by_a_create_alone(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    stand_in.sql("DROP ROLE app; CREATE ROLE app LOGIN; SET ROLE master; GRANT rds_iam TO app");
    rewrite(&workspace, &stand_in, "app", "rds_iam = false");
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure()
        .says("is another one than the role that is managed here");
    destroy_without_refresh(&workspace)
        .success()
        .says("Role Left");
    assert_eq!(stand_in.memberships("app"), ["rds_iam"]);
}

/// A state of a version that recorded no object ids: `cdc` was there, `fresh` was created.
fn older(stand_in: &StandIn) -> Workspace {
    let workspace = Workspace::new(stand_in);
    let state = include_str!("../../../fixtures/states/replication_user_without_oid.json");
    std::fs::write(workspace.path().join("terraform.tfstate"), state)
        .expect("the state can be written");
    let users = resource("cdc", "").replace("\"this\"", "\"cdc\"")
        + &resource("fresh", CREATED).replace("\"this\"", "\"fresh\"");
    workspace.write(&(stand_in.provider() + &users));
    stand_in.sql(
        "SET ROLE master; GRANT rds_iam TO cdc; CREATE ROLE fresh LOGIN; GRANT rds_iam, rds_replication TO fresh",
    );
    workspace
}

fn comment(stand_in: &StandIn, text: &str) {
    stand_in.sql(&format!("COMMENT ON ROLE fresh IS '{text}'"));
}

#[test]
fn object_of_an_earlier_version_is_recorded_at_the_next_refresh() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let workspace = older(&stand_in);
    comment(&stand_in, COMMENT);
    workspace.plan().empty();
    workspace.apply().success();
    let state = workspace
        .state("rdsiam_replication_user.fresh")
        .expect("a state");
    assert_eq!(state["id"], "cluster:orders/fresh");
    assert_eq!(state["allow_without_iam_authentication"], false);
    // What it was is known from now on.
    stand_in.sql(&format!(
        "DROP ROLE fresh; CREATE ROLE fresh LOGIN; COMMENT ON ROLE fresh IS '{COMMENT}'"
    ));
    workspace.plan().changes().says("Role Is Another One");
    workspace.destroy().success();
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("1"));
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}

#[test]
fn object_of_an_earlier_version_is_updated_without_a_refresh() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let workspace = older(&stand_in);
    comment(&stand_in, COMMENT);
    let users = resource("cdc", "").replace("\"this\"", "\"cdc\"")
        + &resource("fresh", "create_role = true\n  rds_iam = false")
            .replace("\"this\"", "\"fresh\"");
    workspace.write(&(stand_in.provider() + &users));
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .success();
    assert_eq!(stand_in.memberships("fresh"), ["rds_replication"]);
    workspace.plan().empty();
    // The update has seen which role it is.
    stand_in.sql(&format!(
        "DROP ROLE fresh; CREATE ROLE fresh LOGIN; COMMENT ON ROLE fresh IS '{COMMENT}'"
    ));
    destroy_without_refresh(&workspace)
        .success()
        .says("Role Left");
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("1"));
}

#[test]
fn object_of_an_earlier_version_is_dropped_by_its_comment_alone() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let workspace = older(&stand_in);
    comment(&stand_in, COMMENT);
    destroy_without_refresh(&workspace).success();
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("0"));
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}

#[test]
fn object_of_an_earlier_version_with_another_comment_is_left() {
    for refresh in ["-refresh=false", "-refresh=true"] {
        let stand_in = StandIn::not_counting_creators(any_major());
        let workspace = older(&stand_in);
        comment(&stand_in, "payments team");
        workspace
            .run(&["destroy", "-auto-approve", refresh])
            .success()
            .says("does not carry the comment")
            .says("an earlier version of the provider wrote it");
        assert_eq!(
            stand_in.memberships("fresh"),
            ["rds_iam", "rds_replication"]
        );
    }
}

#[test]
fn object_of_somebody_else_that_is_taken_over_is_dropped_at_destroy() {
    let stand_in = StandIn::not_counting_creators(any_major());
    stand_in.sql("SET ROLE master; CREATE ROLE fresh LOGIN; COMMENT ON ROLE fresh IS 'ours now'");
    let workspace = workspace(&stand_in, "fresh", CREATED);
    workspace
        .run(&["import", ADDRESS, "cluster:orders/fresh"])
        .success();
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(count(&stand_in, "fresh").as_deref(), Some("0"));
}
