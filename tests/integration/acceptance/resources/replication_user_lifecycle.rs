//! `rdsiam_replication_user` over time: the declared right changes, sessions are in the way of a
//! destroy, the server fails over.

use rds_emulator::client::Connection;
use rstest_reuse::apply;
use serde_json::Value;

use crate::support::{
    StandIn, Workspace, any_major, from_16, on_both_sides_of_16,
    user::{ADDRESS, resource, rewrite, workspace},
};

/// The provider as the bootstrap superuser, who may give the attribute on stock PostgreSQL.
fn as_superuser(stand_in: &StandIn) -> String {
    let url = &stand_in.cluster().superuser_url;
    let (_, rest) = url.split_once("rdsadmin:").expect("the URI has a user");
    let (password, _) = rest.split_once('@').expect("the URI has a password");
    stand_in.provider_with(&format!(
        "username = \"rdsadmin\"\n    password = {password:?}"
    ))
}

fn has_attribute(stand_in: &StandIn, role: &str) -> bool {
    let query = format!("SELECT rolreplication FROM pg_roles WHERE rolname = '{role}'");
    stand_in.sql_value(&query).as_deref() == Some("t")
}

#[apply(on_both_sides_of_16)]
fn replication_user_whose_declared_right_changes_loses_what_was_declared_before(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN");
    let provider = as_superuser(&stand_in);
    let workspace = Workspace::new(&stand_in);
    for (right, membership, attribute) in [
        ("attribute", false, true),
        ("both", true, true),
        ("rds_replication", true, false),
        ("attribute", false, true),
    ] {
        let argument = format!("replication_privilege = {right:?}");
        workspace.write(&(provider.clone() + &resource("app", &argument)));
        workspace.apply().success();
        let memberships = stand_in.memberships("app");
        let has_membership = memberships.contains(&"rds_replication".to_owned());
        assert_eq!(has_membership, membership, "{right}");
        assert_eq!(has_attribute(&stand_in, "app"), attribute, "{right}");
        assert!(memberships.contains(&"rds_iam".to_owned()), "{right}");
        workspace.plan().empty();
    }
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    assert!(!has_attribute(&stand_in, "app"));
}

/// Each major version's own words for it.
fn refusal_of_attribute(major: u16) -> &'static str {
    match major {
        ..14 => "must be superuser to alter replication users",
        14..16 => "must be superuser to alter replication roles or change replication attribute",
        16.. => "permission denied to alter role",
    }
}

#[apply(on_both_sides_of_16)]
fn replication_user_asked_for_an_attribute_that_only_superusers_give_says_so(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    // From 16 on the reasons differ: no ADMIN on the one, no REPLICATION to give to the other.
    stand_in.sql("CREATE ROLE app LOGIN; SET ROLE master; CREATE ROLE own LOGIN");
    for (name, reason) in [
        (
            "app",
            "Only roles with the CREATEROLE attribute and the ADMIN option on role",
        ),
        (
            "own",
            "Only roles with the REPLICATION attribute may change the REPLICATION attribute",
        ),
    ] {
        for privilege in ["attribute", "both"] {
            let argument = format!("replication_privilege = {privilege:?}");
            let refused = workspace(&stand_in, name, &argument)
                .apply()
                .failure()
                .says("could not give the REPLICATION attribute")
                .says(refusal_of_attribute(major))
                .says("SQLSTATE 42501")
                .says("Use `replication_privilege = \"rds_replication\"`")
                // The line of the configuration to blame.
                .says(&format!(":   {argument}"));
            assert_eq!(refused.text().contains(reason), major >= 16, "{name}");
            // Nothing half-done: all SQL is one transaction.
            assert_eq!(stand_in.memberships(name), [""; 0], "{name}");
        }
    }
}

#[apply(on_both_sides_of_16)]
fn replication_user_whose_attribute_only_superusers_take_loses_everything_else_at_destroy(
    major: u16,
) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app LOGIN REPLICATION");
    let attribute = "replication_privilege = \"attribute\"";
    let workspace = workspace(&stand_in, "app", attribute);
    workspace.apply().success();
    rewrite(&workspace, &stand_in, "app", "rds_iam = false");
    workspace
        .apply()
        .failure()
        .says("could not take the REPLICATION attribute")
        .says(refusal_of_attribute(major))
        .says("also `rds_iam = false`");
    assert_eq!(stand_in.memberships("app"), ["rds_iam"]);
    // What the error says can be done.
    let out = format!("{attribute}\n  rds_iam = false");
    rewrite(&workspace, &stand_in, "app", &out);
    workspace.apply().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    rewrite(&workspace, &stand_in, "app", attribute);
    workspace.apply().success();
    workspace
        .destroy()
        .success()
        .says("REPLICATION Attribute Left")
        .says("\"app\" still has the REPLICATION attribute")
        .says(refusal_of_attribute(major))
        .says("with a password");
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    assert!(has_attribute(&stand_in, "app"));
    assert_eq!(workspace.state(ADDRESS), None);
}

#[apply(on_both_sides_of_16)]
fn replication_user_with_sessions_is_dropped_only_by_force(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let created = "create_role = true";
    let workspace = workspace(&stand_in, "fresh", created);
    workspace.apply().success();
    stand_in.sql("ALTER ROLE fresh PASSWORD 'p'; SET ROLE master; REVOKE rds_iam FROM fresh");
    let mut stream = stand_in
        .block_on(Connection::open(
            stand_in.cluster(),
            &stand_in.connection().ca_file,
            "fresh",
            "p",
        ))
        .expect("it may replicate");
    workspace
        .destroy()
        .failure()
        .says("walsender")
        .says("force_destroy");
    let count = "SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'";
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("1"));
    let forced = format!("{created}\n  force_destroy = true");
    rewrite(&workspace, &stand_in, "fresh", &forced);
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("0"));
    let ended = stand_in.block_on(stream.execute("IDENTIFY_SYSTEM"));
    assert!(ended.is_err(), "no session of a dropped role streams on");
}

#[test]
fn replication_user_created_from_16_needs_the_probe_or_a_permission() {
    let stand_in = StandIn::start(from_16());
    let unproven = "create_role = true\n  probe_authentication = false";
    let workspace = workspace(&stand_in, "fresh", unproven);
    workspace.apply().failure().says("probe_authentication");
    let count = "SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'";
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("0"));
    let allowed = format!("{unproven}\n  allow_iam_for = [\"master\"]");
    rewrite(&workspace, &stand_in, "fresh", &allowed);
    workspace.apply().success().says("master");
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("1"));
}

#[test]
fn replication_user_after_a_failover_is_read_and_changed_as_before() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    stand_in.control("POST", "/clusters/orders/failover", &Value::Null);
    workspace.plan().empty();
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}

#[test]
fn replication_user_of_a_server_that_is_down_keeps_its_state() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    workspace.plan().failure().says("orders");
    assert!(workspace.state(ADDRESS).is_some());
    stand_in.control("POST", "/clusters/orders/start", &Value::Null);
    workspace.plan().empty();
}
