//! `rdsiam_replication_status`: what it says of clusters and instances in each of their states.

use rds_emulator::Options;
use serde_json::{Value, json};

use crate::support::{StandIn, Workspace};

const ADDRESS: &str = "data.rdsiam_replication_status.this";
const BY_CLUSTER: &str = "cluster_identifier = \"orders\"";
const PARAMETER: &str =
    "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";

fn status(arguments: &str) -> String {
    format!("data \"rdsiam_replication_status\" \"this\" {{\n  {arguments}\n}}\n")
}

fn workspace(stand_in: &StandIn, configuration: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(configuration);
    workspace
}

/// What is read, by an apply that must succeed.
#[track_caller]
fn read(workspace: &Workspace) -> Value {
    workspace.apply().success();
    workspace.state(ADDRESS).expect("it is in the state")
}

/// The prerequisite of a name.
#[track_caller]
fn prerequisite(state: &Value, name: &str) -> Value {
    let all = state["prerequisites"].as_array().expect("a list");
    let found = all.iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {all:?}")).clone()
}

/// The names of the prerequisites that are not met. Whether it is ready says the same.
#[track_caller]
fn not_met(state: &Value) -> Vec<&str> {
    let all = state["prerequisites"].as_array().expect("a list");
    let names: Vec<&str> = all
        .iter()
        .filter(|one| one["met"] == false)
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(state["ready"], names.is_empty());
    for one in all {
        assert_eq!(one["met"] == true, one["detail"].is_null(), "{one}");
    }
    names
}

/// The member of an identifier.
#[track_caller]
fn member(state: &Value, identifier: &str) -> Value {
    let all = state["members"].as_array().expect("a list");
    let found = all.iter().find(|one| one["identifier"] == identifier);
    found
        .unwrap_or_else(|| panic!("{identifier} in {all:?}"))
        .clone()
}

#[test]
fn status_of_a_ready_cluster_has_every_value_before_and_after_the_parameter() {
    let stand_in = StandIn::start(17);
    let workspace = workspace(&stand_in, &(stand_in.provider() + &status(BY_CLUSTER)));
    let state = read(&workspace);
    assert_eq!(not_met(&state), [""; 0]);
    let names: Vec<_> = state["prerequisites"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "engine",
            "engine_version",
            "status",
            "iam_database_authentication",
            "parameter_group",
            "parameter",
            "logical_replication"
        ]
    );
    let cluster = stand_in.cluster();
    for (attribute, expected) in [
        ("cluster_identifier", json!("orders")),
        ("db_instance_identifier", Value::Null),
        ("parameter_value", json!("0")),
        ("effective_value", json!("0")),
        ("in_effect", json!(false)),
        ("iam_database_authentication", json!(true)),
        ("iam_database_authentication_pending", Value::Null),
        ("logical_replication", json!(true)),
        ("resource_id", json!(cluster.resource_id)),
        ("endpoint", json!(cluster.host)),
        ("port", json!(5432)),
        (
            "members",
            json!([
                {"identifier": "orders-1", "writer": true, "status": "available", "apply_status": "in-sync"},
                {"identifier": "orders-2", "writer": false, "status": "available", "apply_status": "in-sync"},
            ]),
        ),
    ] {
        assert_eq!(state[attribute], expected, "{attribute}");
    }
    let version = state["engine_version"].as_str().unwrap_or_default();
    assert!(version.starts_with("17."), "{version}");
    workspace.plan().empty();

    let after = status(&format!(
        "{BY_CLUSTER}\n  depends_on = [rdsiam_replication_parameter.this]"
    ));
    workspace.write(&(stand_in.provider() + PARAMETER + &after));
    let state = read(&workspace);
    assert_eq!(state["parameter_value"], "1");
    assert_eq!(state["effective_value"], "1");
    assert_eq!(state["in_effect"], true);
    workspace.plan().empty();
}

#[test]
fn status_each_prerequisite_that_does_not_hold_is_told_with_what_to_do() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, &status(BY_CLUSTER));
    let group = stand_in.cluster().parameter_group.clone();

    stand_in.set_iam_authentication(false, true);
    let state = read(&workspace);
    assert_eq!(not_met(&state), ["iam_database_authentication"]);
    let iam = prerequisite(&state, "iam_database_authentication");
    assert_eq!(iam["required"], "enabled");
    assert_eq!(iam["actual"], "disabled");
    assert_eq!(state["iam_database_authentication"], false);

    stand_in.set_iam_authentication(true, false);
    let state = read(&workspace);
    assert_eq!(not_met(&state), ["iam_database_authentication"]);
    assert_eq!(state["iam_database_authentication"], false);
    assert_eq!(state["iam_database_authentication_pending"], true);

    stand_in.set_iam_authentication(true, true);
    stand_in.set_static_parameter(&group, "rds.logical_replication", "0");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    let state = read(&workspace);
    assert_eq!(not_met(&state), ["logical_replication"]);
    let logical = prerequisite(&state, "logical_replication");
    let detail = logical["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(&group), "{detail}");
    assert_eq!(state["logical_replication"], false);

    stand_in.set_static_parameter(&group, "rds.logical_replication", "1");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    assert_eq!(not_met(&read(&workspace)), [""; 0]);

    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    let state = read(&workspace);
    assert_eq!(not_met(&state), ["status"]);
    assert_eq!(prerequisite(&state, "status")["actual"], "stopped");
    assert_eq!(state["in_effect"], false);
    stand_in.control("POST", "/clusters/orders/start", &Value::Null);

    stand_in.attach_cluster_group("orders", "default.aurora-postgresql15");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    let state = read(&workspace);
    assert_eq!(not_met(&state), ["parameter_group", "logical_replication"]);
    assert_eq!(
        prerequisite(&state, "parameter_group")["actual"],
        "default.aurora-postgresql15"
    );
}

#[test]
fn status_iam_that_will_be_switched_off_is_not_ready() {
    let stand_in = StandIn::start(15);
    stand_in.set_iam_authentication(false, false);
    let state = read(&workspace(&stand_in, &status(BY_CLUSTER)));
    assert_eq!(not_met(&state), ["iam_database_authentication"]);
    assert_eq!(state["iam_database_authentication"], true);
    assert_eq!(state["iam_database_authentication_pending"], false);
}

#[test]
fn status_reboot_that_is_pending_is_a_doubt_that_only_the_server_can_end() {
    let stand_in = StandIn::start(15);
    let group = stand_in.cluster().parameter_group.clone();
    // Another static parameter waits: logical replication is in effect all the same.
    stand_in.set_static_parameter(&group, "max_connections", "321");
    stand_in.wait_for_members("pending-reboot");
    let alone = workspace(&stand_in, &status(BY_CLUSTER));
    let connected = workspace(&stand_in, &(stand_in.provider() + &status(BY_CLUSTER)));
    let state = read(&alone);
    assert_eq!(not_met(&state), ["logical_replication"]);
    let detail = prerequisite(&state, "logical_replication")["detail"].clone();
    let detail = detail.as_str().unwrap_or_default();
    assert!(
        detail.contains("orders-1, orders-2 waits for a reboot"),
        "{detail}"
    );
    assert_eq!(member(&state, "orders-1")["apply_status"], "pending-reboot");
    assert_eq!(not_met(&read(&connected)), [""; 0]);

    // Here it is not in effect.
    stand_in.set_static_parameter(&group, "rds.logical_replication", "0");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    stand_in.set_static_parameter(&group, "rds.logical_replication", "1");
    stand_in.wait_for_members("pending-reboot");
    for workspace in [&alone, &connected] {
        let state = read(workspace);
        assert_eq!(not_met(&state), ["logical_replication"]);
        assert_eq!(state["logical_replication"], true);
    }
    let state = connected.state(ADDRESS).expect("it is in the state");
    let actual = prerequisite(&state, "logical_replication")["actual"].clone();
    assert_eq!(actual, "1, and off in the running server");
}

#[test]
fn status_parameter_that_is_changed_and_not_applied_is_not_in_effect() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, &(stand_in.provider() + &status(BY_CLUSTER)));
    let settings = json!({"apply_seconds": 3600, "stale_readings": 0});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    stand_in.set_parameter("1");
    let state = read(&workspace);
    assert_eq!(state["parameter_value"], "1");
    assert_eq!(state["effective_value"], "0");
    assert_eq!(state["in_effect"], false);
    assert_eq!(member(&state, "orders-1")["apply_status"], "applying");
    // It is what holds in the server that is not there yet; what is demanded holds.
    assert_eq!(state["ready"], true);
}

#[test]
fn status_server_that_shows_another_value_than_the_group_is_not_in_effect() {
    let stand_in = StandIn::start(15);
    // The first reading after the change is stale: AWS says that all members are in sync.
    let settings = json!({"apply_seconds": 3600, "stale_readings": 1000});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    stand_in.set_parameter("1");
    let connected = stand_in.provider() + &status(BY_CLUSTER);
    let state = read(&workspace(&stand_in, &connected));
    assert_eq!(member(&state, "orders-1")["apply_status"], "in-sync");
    assert_eq!(state["parameter_value"], "1");
    assert_eq!(state["effective_value"], "0");
    assert_eq!(state["in_effect"], false);
    // Without a database there is only AWS to believe.
    let state = read(&workspace(&stand_in, &status(BY_CLUSTER)));
    assert_eq!(state["effective_value"], Value::Null);
    assert_eq!(state["in_effect"], true);
}

#[test]
fn status_of_what_is_not_there_is_not_ready_and_no_error() {
    let stand_in = StandIn::start(15);
    for (argument, noun) in [
        ("cluster_identifier", "DB cluster"),
        ("db_instance_identifier", "DB instance"),
    ] {
        let status = status(&format!("{argument} = \"tomorrow\""));
        let workspace = workspace(&stand_in, &(stand_in.provider() + &status));
        let state = read(&workspace);
        assert_eq!(not_met(&state), ["existence"]);
        let existence = prerequisite(&state, "existence");
        assert_eq!(existence["required"], format!("{noun} \"tomorrow\""));
        let detail = existence["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("the Region eu-central-1"), "{detail}");
        let given = ["ready", "prerequisites", argument];
        for (attribute, value) in state.as_object().expect("an object") {
            assert_eq!(
                value.is_null(),
                !given.contains(&attribute.as_str()),
                "{attribute}"
            );
        }
        workspace.plan().empty();
    }
}

#[test]
fn status_of_an_instance_has_itself_as_its_member() {
    let stand_in = StandIn::with_options(Options {
        postgres: 16,
        clusters: Vec::new(),
        instances: vec!["orders".to_owned()],
        ..Options::default()
    });
    let orders = stand_in.instance().clone();
    let argument = "db_instance_identifier";
    let provider = stand_in.provider_of(argument, &orders, "");
    let status = status(&format!("{argument} = \"Orders\""));
    let state = read(&workspace(&stand_in, &(provider + &status)));
    assert_eq!(not_met(&state), [""; 0]);
    assert_eq!(state["db_instance_identifier"], "Orders");
    assert_eq!(state["resource_id"], orders.resource_id.as_str());
    assert_eq!(state["endpoint"], orders.host.as_str());
    assert_eq!(state["effective_value"], "0");
    assert_eq!(
        state["members"],
        json!([{"identifier": "orders", "writer": true, "status": "available", "apply_status": "in-sync"}])
    );
    let calls = stand_in.calls();
    assert!(!calls.contains_key("DescribeDBClusters"), "{calls:?}");
}

#[test]
fn status_of_a_multi_az_cluster_is_that_of_its_three_members() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        multi_az_clusters: vec!["orders".to_owned()],
        ..Options::default()
    });
    stand_in.switch_on();
    let state = read(&workspace(
        &stand_in,
        &(stand_in.provider() + &status(BY_CLUSTER)),
    ));
    assert_eq!(not_met(&state), [""; 0]);
    assert_eq!(state["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(state["parameter_value"], "1");
    assert_eq!(state["in_effect"], true);
}

#[test]
fn status_of_an_instance_in_a_cluster_is_routed_to_the_cluster() {
    let stand_in = StandIn::start(15);
    workspace(&stand_in, &status("db_instance_identifier = \"orders-1\""))
        .plan()
        .failure()
        .says("the DB instance belongs to the DB cluster \"orders\"")
        .says("cluster_identifier = \"orders\"");
}

#[test]
fn status_without_a_database_of_its_own_contacts_none() {
    let stand_in = StandIn::with_clusters(15, &["orders", "billing"]);
    let billing = stand_in.cluster_named("billing");
    let of_another = stand_in.provider_of("cluster_identifier", billing, "");
    let before = stand_in.traffic().all_connections();
    for provider in [String::new(), of_another] {
        let state = read(&workspace(&stand_in, &(provider + &status(BY_CLUSTER))));
        assert_eq!(not_met(&state), [""; 0]);
        assert_eq!(state["effective_value"], Value::Null);
        assert_eq!(state["parameter_value"], "0");
    }
    assert_eq!(stand_in.traffic().all_connections(), before);
}

#[test]
fn status_of_a_database_that_cannot_be_reached_is_a_warning() {
    let stand_in = StandIn::start(15);
    stand_in.switch_on();
    let nowhere = stand_in.provider_with("connect_timeout = 1").replace(
        &format!("connect_port = {}", stand_in.cluster().connect_port),
        "connect_port = 1",
    );
    let workspace = workspace(&stand_in, &(nowhere + &status(BY_CLUSTER)));
    workspace
        .apply()
        .success()
        .says("Warning: Running Server Not Asked")
        .says(&stand_in.cluster().host)
        .says("`effective_value` is null");
    let state = workspace.state(ADDRESS).expect("it is in the state");
    assert_eq!(state["effective_value"], Value::Null);
    assert_eq!(state["in_effect"], true);
    assert_eq!(state["ready"], true);

    // One that is stopped is not even tried.
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    workspace.plan().does_not_say("Running Server Not Asked");
}

#[test]
fn status_of_members_that_may_not_be_read_is_null() {
    let stand_in = StandIn::start(15);
    stand_in.switch_on();
    let denied = json!({"action": "DescribeDBInstances", "fault": "access-denied", "times": 100});
    stand_in.control("POST", "/faults", &denied);
    let state = read(&workspace(&stand_in, &status(BY_CLUSTER)));
    assert_eq!(member(&state, "orders-1")["status"], Value::Null);
    assert_eq!(member(&state, "orders-1")["apply_status"], "in-sync");
    assert_eq!(state["in_effect"], true);

    stand_in.control("DELETE", "/faults", &Value::Null);
    let denied = json!({"action": "DescribeDBClusters", "fault": "access-denied", "times": 100});
    stand_in.control("POST", "/faults", &denied);
    workspace(&stand_in, &status(BY_CLUSTER))
        .plan()
        .failure()
        .says("Read Replication Status")
        .says("rds:DescribeDBClusters");
}

#[test]
fn status_names_exactly_one_publisher() {
    for (arguments, complaint) in [
        (
            "",
            "One of `cluster_identifier` and `db_instance_identifier` must be set",
        ),
        (
            "cluster_identifier = \"a\"\n  db_instance_identifier = \"b\"",
            "At most one of `cluster_identifier` and `db_instance_identifier`",
        ),
        (
            "cluster_identifier = \"a\"\n  region = \"Ireland\"",
            "must be an AWS Region",
        ),
    ] {
        let workspace = Workspace::offline();
        workspace.write(&status(arguments));
        workspace.run(&["validate"]).failure().says(complaint);
    }
}

#[test]
fn status_costs_a_call_for_each_thing_and_one_look_at_the_database() {
    let stand_in = StandIn::start(15);
    let many = status(&format!("{BY_CLUSTER}\n  count = 5"));
    let workspace = workspace(&stand_in, &(stand_in.provider() + &many));
    let before = stand_in.traffic();
    workspace.plan().empty();
    let after = stand_in.traffic();
    assert_eq!(after.all_connections() - before.all_connections(), 1);
    let calls = stand_in.calls();
    assert_eq!(calls["DescribeDBClusters"], 1, "{calls:?}");
    assert_eq!(calls["DescribeDBClusterParameters"], 1, "{calls:?}");
}
