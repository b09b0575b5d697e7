//! `rdsiam_replication_parameter` while the world around it moves: other groups, other clusters,
//! slow members, interruptions.

use serde_json::{Value, json};

use crate::support::{Kind, PARAMETER, StandIn, Workspace, eventually};

const ADDRESS: &str = "rdsiam_replication_parameter.this";

fn workspace(stand_in: &StandIn, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_parameter\" \"this\" {{\n{arguments}\n}}\n",
        stand_in.provider()
    ));
    workspace
}

/// Makes a cluster use another group, and reboots it.
fn attach(stand_in: &StandIn, cluster: &str, group: &str) {
    stand_in.attach_cluster_group(cluster, group);
    stand_in.control("POST", &format!("/clusters/{cluster}/reboot"), &Value::Null);
}

#[test]
fn replication_parameter_follows_its_cluster_to_another_group() {
    let stand_in = StandIn::start(15);
    let old = stand_in.cluster().parameter_group.clone();
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    stand_in.create_cluster_group("another", "aurora-postgresql15");
    attach(&stand_in, "orders", "another");
    workspace
        .plan()
        .changes()
        .says("Another Parameter Group In Use")
        .says(&old);
    workspace.apply().success();
    assert_eq!(
        stand_in.value_in(Kind::Cluster, "another").as_deref(),
        Some("1")
    );
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["parameter_group_name"], "another");
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(
        stand_in
            .value_in(Kind::Cluster, "another")
            .as_deref()
            .unwrap_or("0"),
        "0"
    );
    // What the cluster has left is nobody's here.
    assert_eq!(stand_in.value_in(Kind::Cluster, &old).as_deref(), Some("1"));
}

#[test]
fn replication_parameter_of_a_shared_group_names_the_other_clusters() {
    let stand_in = StandIn::with_clusters(15, &["orders", "billing"]);
    let shared = stand_in.cluster().parameter_group.clone();
    attach(&stand_in, "billing", &shared);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace
        .apply()
        .success()
        .says("Parameter Group Shared")
        .says("billing");
    workspace.plan().empty();
}

#[test]
fn replication_parameter_where_other_clusters_may_not_be_listed_goes_on_with_the_named_one() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    // The cluster itself is read first, by its identifier.
    workspace.apply().success().does_not_say("denied");
    workspace.destroy().success();
    let group = stand_in.cluster().parameter_group.clone();
    let by_group = format!("db_cluster_parameter_group_name = {group:?}");
    let workspace = self::workspace(&stand_in, &by_group);
    stand_in.control(
        "POST",
        "/faults",
        &json!({"action": "DescribeDBClusters", "fault": "access-denied", "times": 100}),
    );
    workspace
        .apply()
        .success()
        .says("Users Of The Parameter Group Not Listed");
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
    workspace.plan().empty();
}

#[test]
fn replication_parameter_that_its_family_lacks_is_refused_and_the_family_named() {
    let stand_in = StandIn::start(15);
    stand_in.create_cluster_group("ten", "aurora-postgresql10");
    workspace(&stand_in, "db_cluster_parameter_group_name = \"ten\"")
        .apply()
        .failure()
        .says("aurora-postgresql10")
        .says(PARAMETER);
}

#[test]
fn replication_parameter_whose_group_is_gone_is_planned_again() {
    let stand_in = StandIn::start(15);
    stand_in.create_cluster_group("lonely", "aurora-postgresql15");
    let workspace = workspace(&stand_in, "db_cluster_parameter_group_name = \"lonely\"");
    workspace.apply().success();
    stand_in.block_on(async {
        stand_in
            .rds()
            .delete_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("lonely")
            .send()
            .await
            .expect("nobody uses it");
    });
    workspace
        .plan()
        .changes()
        .says("1 to add, 0 to change, 0 to destroy");
    workspace.destroy().success();
}

#[test]
fn replication_parameter_of_a_stopped_cluster_names_its_members() {
    let stand_in = StandIn::start(15);
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    let workspace = workspace(
        &stand_in,
        "cluster_identifier = \"orders\"\ncheck_prerequisites = \"off\"",
    );
    workspace.apply().success().says("orders-1").says("stopped");
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
}

#[test]
fn replication_parameter_out_of_time_is_recorded_with_a_warning() {
    let stand_in = StandIn::start(15);
    stand_in.control(
        "POST",
        "/clusters/orders/settings",
        &json!({"apply_seconds": 600, "stale_readings": 0}),
    );
    let workspace = workspace(
        &stand_in,
        "cluster_identifier = \"orders\"\ntimeouts {\n  create = \"3s\"\n}",
    );
    workspace
        .apply()
        .success()
        .says("orders-1")
        .says("applying");
    assert!(!workspace.state_text().contains("tainted"));
    // It is set, and still not in effect.
    workspace.plan().empty().says("orders-1 (applying)");
}

#[cfg(unix)]
#[test]
fn replication_parameter_interrupted_while_it_waits_is_recorded() {
    let stand_in = StandIn::start(15);
    stand_in.control(
        "POST",
        "/clusters/orders/settings",
        &json!({"apply_seconds": 600, "stale_readings": 0}),
    );
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the change", || {
        stand_in.parameter().as_deref() == Some("1")
    });
    let killed = std::process::Command::new("kill")
        .args(["-s", "INT", &cli.id().to_string()])
        .status();
    assert!(killed.expect("kill can be run").success());
    let started = std::time::Instant::now();
    cli.wait_with_output().expect("the CLI ends");
    assert!(
        started.elapsed().as_secs() < 30,
        "the wait ends with the interruption"
    );
    let state = workspace.state(ADDRESS).expect("what was done is recorded");
    assert_eq!(state["enabled"], true);
    assert!(!workspace.state_text().contains("tainted"));
}

#[test]
fn replication_parameter_whose_name_is_not_known_yet_is_no_replacement() {
    let stand_in = StandIn::with_options(rds_emulator::Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned(), "billing".to_owned()],
        ..rds_emulator::Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    // A value that comes of something else is not known while that is planned anew.
    let write = |cluster: &str, round: u32| {
        workspace.write(&format!(
            "resource \"terraform_data\" \"cluster\" {{\n  input = {cluster:?}\n  triggers_replace = {round}\n}}\n\
             resource \"rdsiam_replication_parameter\" \"this\" {{\n  wait_for_in_sync = false\n  \
             cluster_identifier = terraform_data.cluster.output\n}}\n"
        ));
    };
    write("orders", 1);
    workspace.apply().success();
    let group = workspace.state(ADDRESS).expect("a state")["parameter_group_name"].clone();
    let group = group.as_str().expect("a name");
    let is_on = || stand_in.value_in(Kind::Cluster, group).as_deref() == Some("1");
    stand_in.forget_calls();
    write("orders", 2);
    workspace
        .plan()
        .changes()
        .does_not_say("rdsiam_replication_parameter.this must be replaced");
    workspace.apply().success();
    assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
    assert_eq!(stand_in.calls_of(Kind::Cluster.reset()), 0);
    workspace.plan().empty();

    // Another name is told before anything changes, and the next plan is a replacement.
    write("billing", 3);
    workspace
        .apply()
        .failure()
        .says("Provider produced inconsistent final plan");
    assert!(is_on());
    assert_eq!(stand_in.calls_of(Kind::Cluster.reset()), 0);
    assert_eq!(
        workspace.state(ADDRESS).expect("a state")["cluster_identifier"],
        "orders"
    );
    workspace.plan().changes().says("must be replaced");
    workspace.apply().success();
    assert!(!is_on());
    workspace.plan().empty();
}
