//! Publishers that are no Aurora clusters: DB instances and Multi-AZ DB clusters of RDS for
//! PostgreSQL.

use rds_emulator::Options;

use crate::support::{Kind, PARAMETER, StandIn, Workspace, eventually};

const PARAMETER_ADDRESS: &str = "rdsiam_replication_parameter.this";
const USER_ADDRESS: &str = "rdsiam_replication_user.cdc";
const USER: &str = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n";

/// A stand-in with one DB instance, `orders`, and no cluster.
fn instance() -> StandIn {
    StandIn::with_options(Options {
        postgres: 16,
        clusters: Vec::new(),
        instances: vec!["orders".to_owned()],
        ..Options::default()
    })
}

fn parameter(argument: &str, name: &str) -> String {
    format!("resource \"rdsiam_replication_parameter\" \"this\" {{\n  {argument} = {name:?}\n}}\n")
}

/// What a user has set in a DB parameter group, in the order of names.
fn set_in_db_group(stand_in: &StandIn, group: &str) -> Vec<(String, String)> {
    let parameters = stand_in.block_on(async {
        stand_in
            .rds()
            .describe_db_parameters()
            .db_parameter_group_name(group)
            .source("user")
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .expect("the parameters can be listed")
    });
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    parameters
        .iter()
        .map(|one| (text(one.parameter_name()), text(one.parameter_value())))
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn publisher_db_instance_converges_shows_drift_and_keeps_its_other_parameters() {
    let stand_in = instance();
    let orders = stand_in.instance().clone();
    let argument = "db_instance_identifier";
    let workspace = Workspace::new(&stand_in);
    workspace.write(
        &(stand_in.provider_of(argument, &orders, "") + &parameter(argument, "orders") + USER),
    );
    let others = set_in_db_group(&stand_in, &orders.parameter_group);
    assert_eq!(others, [pair("rds.logical_replication", "1")]);

    workspace.apply().success();
    assert_eq!(
        set_in_db_group(&stand_in, &orders.parameter_group),
        [pair(PARAMETER, "1"), pair("rds.logical_replication", "1")]
    );
    let shown = stand_in.sql_at(&orders.superuser_url, "SHOW rds.iam_auth_for_replication");
    assert_eq!(shown, [[Some("on".to_owned())]]);
    let state = workspace.state(PARAMETER_ADDRESS).expect("a state");
    assert_eq!(state["id"], "instance/orders");
    assert_eq!(
        state["parameter_group_name"],
        orders.parameter_group.as_str()
    );
    assert_eq!(state["parameter_group_family"], "postgres16");
    assert_eq!(
        workspace.state(USER_ADDRESS).expect("a state")["id"],
        "instance:orders/cdc"
    );
    workspace.plan().empty();

    stand_in.set_value_in(Kind::Instance, &orders.parameter_group, "0");
    workspace.plan().changes().says("enabled");
    workspace.apply().success();
    workspace.plan().empty();

    workspace.destroy().success();
    assert_eq!(set_in_db_group(&stand_in, &orders.parameter_group), others);
    let calls = stand_in.calls();
    assert_eq!(calls["ResetDBParameterGroup"], 1);
    assert!(!calls.contains_key("DescribeDBClusters"), "{calls:?}");
}

#[test]
fn publisher_db_instance_is_imported_by_identifier_or_by_group() {
    let stand_in = instance();
    let group = stand_in.instance().parameter_group.clone();
    stand_in.set_value_in(Kind::Instance, &group, "1");
    for (argument, name, id) in [
        (
            "db_instance_identifier",
            "orders",
            "instance/orders".to_owned(),
        ),
        (
            "db_parameter_group_name",
            group.as_str(),
            format!("parameter-group/{group}"),
        ),
    ] {
        let workspace = Workspace::new(&stand_in);
        workspace.write(&parameter(argument, name));
        workspace.run(&["import", PARAMETER_ADDRESS, &id]).success();
        workspace.plan().empty();
    }
}

#[test]
fn publisher_db_instance_named_by_its_group_instead_is_an_update_without_a_call() {
    let stand_in = instance();
    let group = stand_in.instance().parameter_group.clone();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("db_instance_identifier", "orders"));
    workspace.apply().success();
    workspace.write(&parameter("db_parameter_group_name", &group));
    stand_in.forget_calls();
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    assert!(!stand_in.calls().contains_key("ModifyDBParameterGroup"));
    // The DB cluster parameter group of the same name is another thing.
    workspace.write(&parameter("db_cluster_parameter_group_name", &group));
    workspace.plan().changes().says("must be replaced");
}

#[test]
fn publisher_db_instance_in_a_cluster_is_routed_to_the_cluster() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("db_instance_identifier", "orders-1"));
    workspace
        .apply()
        .failure()
        .says("the DB instance belongs to the DB cluster \"orders\"")
        .says("cluster_identifier = \"orders\"");
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");

    let mut member = stand_in.cluster().clone();
    member.identifier = "orders-1".to_owned();
    let provider = stand_in.provider_of("db_instance_identifier", &member, "");
    workspace.write(&(provider + USER));
    workspace
        .apply()
        .failure()
        .says("the DB instance belongs to the DB cluster \"orders\"");
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}

#[test]
fn publisher_db_instance_with_a_default_group_is_refused_in_words_for_instances() {
    let stand_in = instance();
    stand_in.block_on(async {
        stand_in
            .rds()
            .modify_db_instance()
            .db_instance_identifier("orders")
            .db_parameter_group_name("default.postgres16")
            .apply_immediately(true)
            .send()
            .await
            .expect("a group can be attached");
    });
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("db_instance_identifier", "orders"));
    workspace
        .apply()
        .failure()
        .says("The DB parameter group \"default.postgres16\" is a default group")
        .says("associate it with the instance");
    assert!(!stand_in.calls().contains_key("ModifyDBParameterGroup"));
}

#[test]
fn publisher_db_instance_that_is_gone_leaves_the_state() {
    let stand_in = instance();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("db_instance_identifier", "nowhere"));
    workspace
        .apply()
        .failure()
        .says("There is no DB instance \"nowhere\"");
    workspace
        .run(&["import", PARAMETER_ADDRESS, "instance/nowhere"])
        .failure()
        .says("Cannot import non-existent remote object");
}

#[test]
fn publisher_multi_az_cluster_converges_and_is_taken_back() {
    let stand_in = StandIn::with_options(Options {
        postgres: 17,
        clusters: Vec::new(),
        multi_az_clusters: vec!["orders".to_owned()],
        ..Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(stand_in.provider() + &parameter("cluster_identifier", "orders") + USER));
    workspace.apply().success();
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
    let state = workspace.state(PARAMETER_ADDRESS).expect("a state");
    assert_eq!(state["parameter_group_family"], "postgres17");
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
}

#[test]
fn publisher_multi_az_cluster_with_a_new_group_is_told_of_the_reboot() {
    let stand_in = StandIn::with_options(Options {
        postgres: 17,
        clusters: Vec::new(),
        multi_az_clusters: vec!["orders".to_owned()],
        ..Options::default()
    });
    stand_in.create_cluster_group("another", "postgres17");
    stand_in.attach_cluster_group("orders", "another");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("cluster_identifier", "orders"));
    workspace
        .apply()
        .success()
        .says("Parameter Group Pending Reboot")
        .says("these members of the DB cluster \"orders\"");
    stand_in.block_on(async {
        stand_in
            .rds()
            .reboot_db_cluster()
            .db_cluster_identifier("orders")
            .send()
            .await
            .expect("it can be rebooted");
    });
    eventually("the reboot", || {
        let described = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
        let described = described.expect("clusters can be described");
        let orders = &described.db_clusters()[0];
        orders.status() == Some("available")
            && orders
                .db_cluster_members()
                .iter()
                .all(|member| member.db_cluster_parameter_group_status() == Some("in-sync"))
    });
    let shown = stand_in.sql_value("SHOW rds.iam_auth_for_replication");
    assert_eq!(shown.as_deref(), Some("on"));
    workspace.plan().empty();
}
