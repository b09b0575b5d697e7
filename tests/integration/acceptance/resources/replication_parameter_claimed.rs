//! One parameter at two addresses of one run: replacements that create first, addresses that change without
//! `moved`, two resources on one group.

use rds_emulator::Options;

use crate::support::{Kind, StandIn, Workspace};

const KEPT: &str = "Kept For Another Resource Of This Run";
const TWICE: &str = "One Object Created Twice";
const BOTH: &str = "One Object Created And Destroyed";

/// Two clusters, `orders` and `billing`, on one group, whose name is returned.
fn shared() -> (StandIn, String) {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned(), "billing".to_owned()],
        ..Options::default()
    });
    stand_in.create_cluster_group("shared", "aurora-postgresql17");
    for cluster in ["orders", "billing"] {
        stand_in.attach_cluster_group(cluster, "shared");
    }
    (stand_in, "shared".to_owned())
}

fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_parameter\" {name:?} {{\n  wait_for_in_sync = false\n  \
         expected_cluster_identifiers = [\"orders\", \"billing\"]\n  {arguments}\n}}\n"
    )
}

const CREATE_FIRST: &str = "lifecycle {\n    create_before_destroy = true\n  }";

fn is_on(stand_in: &StandIn, group: &str) -> bool {
    stand_in.value_in(Kind::Cluster, group).as_deref() == Some("1")
}

#[test]
fn parameter_replaced_by_one_of_another_cluster_of_its_group_stays_on() {
    let (stand_in, group) = shared();
    let workspace = Workspace::new(&stand_in);
    let of = |cluster: &str| {
        resource(
            "this",
            &format!("cluster_identifier = {cluster:?}\n  {CREATE_FIRST}"),
        )
    };
    workspace.write(&of("orders"));
    workspace.apply().success().does_not_say(TWICE);
    workspace.write(&of("billing"));
    stand_in.forget_calls();
    workspace.apply().success().says(KEPT).says("`moved`");
    assert!(is_on(&stand_in, &group));
    assert_eq!(stand_in.calls_of(Kind::Cluster.reset()), 0);
    let state = workspace
        .state("rdsiam_replication_parameter.this")
        .expect("a state");
    assert_eq!(state["cluster_identifier"], "billing");
    assert_eq!(state["enabled"], true);
    workspace.plan().empty();
    workspace.destroy().success().does_not_say(KEPT);
    assert!(!is_on(&stand_in, &group));
}

#[test]
fn parameter_replaced_on_request_stays_on_where_the_new_one_comes_first() {
    let (stand_in, group) = shared();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&resource(
        "this",
        &format!("cluster_identifier = \"orders\"\n  {CREATE_FIRST}"),
    ));
    workspace.apply().success();
    for _ in 0..2 {
        workspace
            .run(&[
                "apply",
                "-auto-approve",
                "-replace=rdsiam_replication_parameter.this",
            ])
            .success()
            .does_not_say(BOTH)
            .does_not_say(TWICE)
            .says(KEPT);
        assert!(is_on(&stand_in, &group));
        workspace.plan().empty();
    }
    // An ordinary replacement takes it away first.
    workspace.write(&resource("this", "cluster_identifier = \"orders\""));
    workspace.apply().success();
    workspace
        .run(&[
            "apply",
            "-auto-approve",
            "-replace=rdsiam_replication_parameter.this",
        ])
        .success()
        .does_not_say(BOTH)
        .does_not_say(KEPT);
    assert!(is_on(&stand_in, &group));
    workspace.plan().empty();
    workspace.destroy().success();
    assert!(!is_on(&stand_in, &group));
}

#[test]
fn parameter_that_two_resources_name_is_created_by_one_of_them() {
    let (stand_in, group) = shared();
    for second in [
        "cluster_identifier = \"billing\"".to_owned(),
        format!("db_cluster_parameter_group_name = {group:?}"),
        format!(
            "db_cluster_parameter_group_name = {:?}",
            group.to_uppercase()
        ),
    ] {
        let workspace = Workspace::new(&stand_in);
        workspace.write(
            &(resource("one", "cluster_identifier = \"orders\"") + &resource("two", &second)),
        );
        workspace.plan().changes().says(TWICE);
        stand_in.forget_calls();
        workspace
            .apply()
            .failure()
            .says("manages the parameter rds.iam_auth_for_replication")
            .says("Give each object one resource");
        assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 1);
        let states = ["one", "two"]
            .map(|name| workspace.state(&format!("rdsiam_replication_parameter.{name}")));
        assert_eq!(states.iter().flatten().count(), 1);
        workspace.destroy().success();
        assert!(!is_on(&stand_in, &group));
    }
}

#[test]
fn parameter_at_another_address_without_moved_ends_on_whatever_comes_first() {
    let (stand_in, group) = shared();
    let workspace = Workspace::new(&stand_in);
    let counted = resource("this", "count = 1\n  cluster_identifier = \"orders\"");
    let keyed = resource(
        "this",
        "for_each = toset([\"orders\"])\n  cluster_identifier = each.key",
    );
    let other = resource("other", "cluster_identifier = \"billing\"");
    workspace.write(&counted);
    workspace.apply().success();
    for (round, next) in [&keyed, &counted, &other, &counted, &keyed, &other]
        .into_iter()
        .enumerate()
    {
        workspace.write(next);
        workspace.plan().changes().says(BOTH).says("`moved`");
        let parallelism = format!("-parallelism={}", if round % 2 == 0 { 1 } else { 10 });
        workspace
            .run(&["apply", "-auto-approve", &parallelism])
            .success()
            .does_not_say(TWICE);
        assert!(is_on(&stand_in, &group), "round {round}");
        workspace.plan().empty();
    }
    workspace.destroy().success();
    assert!(!is_on(&stand_in, &group));
}

#[test]
fn parameter_of_a_cluster_that_has_moved_to_a_managed_group_is_not_reset_with_the_old_resource() {
    let (stand_in, group) = shared();
    stand_in.create_cluster_group("own", "aurora-postgresql17");
    stand_in.attach_cluster_group("billing", "own");
    let workspace = Workspace::new(&stand_in);
    let of = |cluster: &str| resource(cluster, &format!("cluster_identifier = {cluster:?}"));
    workspace.write(&format!("{}{}", of("orders"), of("billing")));
    workspace.apply().success();
    stand_in.attach_cluster_group("billing", &group);
    workspace
        .apply()
        .success()
        .says("One Object At Two Addresses");
    workspace.write(&of("orders"));
    workspace
        .apply()
        .failure()
        .says("One Object Destroyed And Kept");
    assert!(is_on(&stand_in, &group));
    workspace
        .run(&["state", "rm", "rdsiam_replication_parameter.billing"])
        .success();
    workspace.plan().empty().does_not_say("One Object");
}
