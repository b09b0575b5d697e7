//! `rdsiam_replication_user` over time: the declared right changes, sessions are in the way of a
//! destroy, the server fails over.

use rds_emulator::client::Connection;
use serde_json::Value;

use crate::support::{StandIn, Workspace};

const ADDRESS: &str = "rdsiam_replication_user.this";

fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  name = {name:?}\n  {arguments}\n}}\n"
    )
}

fn workspace(stand_in: &StandIn, name: &str, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&(stand_in.provider() + &resource(name, arguments)));
    workspace
}

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

#[test]
fn replication_user_whose_declared_right_changes_loses_what_was_declared_before() {
    for major in [15, 17] {
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
            assert_eq!(has_membership, membership, "{major}: {right}");
            assert_eq!(
                has_attribute(&stand_in, "app"),
                attribute,
                "{major}: {right}"
            );
            assert!(
                memberships.contains(&"rds_iam".to_owned()),
                "{major}: {right}"
            );
            workspace.plan().empty();
        }
        workspace.destroy().success();
        assert_eq!(stand_in.memberships("app"), [""; 0], "{major}");
        assert!(!has_attribute(&stand_in, "app"), "{major}");
    }
}

#[test]
fn replication_user_asked_for_an_attribute_that_only_superusers_give_says_so() {
    for major in [15, 17] {
        let stand_in = StandIn::start(major);
        stand_in.sql("CREATE ROLE app LOGIN");
        workspace(&stand_in, "app", "replication_privilege = \"attribute\"")
            .apply()
            .failure()
            .says("42501")
            .says("rds_replication");
        // Nothing half-done: all SQL is one transaction.
        assert_eq!(stand_in.memberships("app"), [""; 0], "{major}");
    }
}

#[test]
fn replication_user_with_sessions_is_dropped_only_by_force() {
    let stand_in = StandIn::start(15);
    let created = "create_role = true";
    let workspace = workspace(&stand_in, "fresh", created);
    workspace.apply().success();
    stand_in.sql("REVOKE rds_iam FROM fresh; ALTER ROLE fresh PASSWORD 'p'");
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
    workspace.write(&(stand_in.provider() + &resource("fresh", &forced)));
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("0"));
    let ended = stand_in.block_on(stream.execute("IDENTIFY_SYSTEM"));
    assert!(ended.is_err(), "no session of a dropped role streams on");
}

#[test]
fn replication_user_created_on_17_needs_the_probe_or_a_permission() {
    let stand_in = StandIn::start(17);
    let unproven = "create_role = true\n  probe_authentication = false";
    let workspace = workspace(&stand_in, "fresh", unproven);
    workspace.apply().failure().says("probe_authentication");
    let count = "SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'";
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("0"));
    let allowed = format!("{unproven}\n  allow_iam_for = [\"master\"]");
    workspace.write(&(stand_in.provider() + &resource("fresh", &allowed)));
    workspace.apply().success().says("master");
    assert_eq!(stand_in.sql_value(count).as_deref(), Some("1"));
}

#[test]
fn replication_user_after_a_failover_is_read_and_changed_as_before() {
    let stand_in = StandIn::start(17);
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
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cdc", "");
    workspace.apply().success();
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    workspace.plan().failure().says("orders");
    assert!(workspace.state(ADDRESS).is_some());
    stand_in.control("POST", "/clusters/orders/start", &Value::Null);
    workspace.plan().empty();
}
