//! `rdsiam_replication_parameter`: whose group, what drifts, what is refused, what is left alone.

use aws_sdk_rds::types::{ApplyMethod, Parameter};

use crate::support::{StandIn, Workspace};

fn resource(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_parameter\" \"this\" {{\n{arguments}\n}}\n")
}

const ADDRESS: &str = "rdsiam_replication_parameter.this";

fn workspace(stand_in: &StandIn, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&(stand_in.provider() + &resource(arguments)));
    workspace
}

fn set_other_parameter(stand_in: &StandIn) {
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.block_on(async {
        stand_in
            .rds()
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group)
            .parameters(
                Parameter::builder()
                    .parameter_name("log_min_duration_statement")
                    .parameter_value("500")
                    .apply_method(ApplyMethod::Immediate)
                    .build(),
            )
            .send()
            .await
            .expect("the other parameter can be set");
    });
}

fn user_parameters(stand_in: &StandIn) -> Vec<String> {
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.block_on(async {
        let output = stand_in
            .rds()
            .describe_db_cluster_parameters()
            .db_cluster_parameter_group_name(group)
            .source("user")
            .send()
            .await
            .expect("the parameters can be listed");
        let mut names: Vec<String> = output
            .parameters()
            .iter()
            .filter_map(|parameter| parameter.parameter_name().map(str::to_owned))
            .collect();
        names.sort();
        names
    })
}

#[test]
fn replication_parameter_named_by_cluster_is_read_back_and_imported_without_a_change() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    let state = workspace
        .state(ADDRESS)
        .expect("the resource is in the state");
    assert_eq!(state["id"], "cluster/orders");
    assert_eq!(
        state["parameter_group_name"],
        stand_in.cluster().parameter_group.as_str()
    );
    assert_eq!(state["parameter_group_family"], "aurora-postgresql15");
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace
        .run(&["import", ADDRESS, "cluster/orders"])
        .success();
    workspace.plan().empty();
}

#[test]
fn replication_parameter_other_parameters_of_the_group_are_never_touched() {
    let stand_in = StandIn::start(15);
    set_other_parameter(&stand_in);
    let before = user_parameters(&stand_in);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(user_parameters(&stand_in), before);
}

#[test]
fn replication_parameter_on_already_is_adopted_with_a_warning_and_without_a_call() {
    let stand_in = StandIn::start(15);
    stand_in.set_parameter("1");
    stand_in.forget_calls();
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace
        .apply()
        .success()
        .says("Replication Parameter Already On");
    assert!(
        !stand_in
            .calls()
            .contains_key("ModifyDBClusterParameterGroup")
    );
    workspace.plan().empty();
}

#[test]
fn replication_parameter_retained_on_destroy_stays_on() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(
        &stand_in,
        "cluster_identifier = \"orders\"\non_destroy = \"retain\"",
    );
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
}

#[test]
fn replication_parameter_disabled_is_an_update_in_place() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    workspace.write(
        &(stand_in.provider() + &resource("cluster_identifier = \"orders\"\nenabled = false")),
    );
    workspace
        .plan()
        .changes()
        .says("0 to add, 1 to change, 0 to destroy");
    workspace.apply().success();
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
    workspace.plan().empty();
}

#[test]
fn replication_parameter_renamed_to_the_group_of_its_cluster_is_an_update_without_a_call() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace.apply().success();
    let group = &stand_in.cluster().parameter_group;
    workspace.write(
        &(stand_in.provider() + &resource(&format!("db_cluster_parameter_group_name = {group:?}"))),
    );
    workspace
        .plan()
        .changes()
        .says("0 to add, 1 to change, 0 to destroy");
    stand_in.forget_calls();
    workspace.apply().success();
    let calls = stand_in.calls();
    assert!(
        !calls.contains_key("ModifyDBClusterParameterGroup"),
        "{calls:?}"
    );
    assert!(
        !calls.contains_key("ResetDBClusterParameterGroup"),
        "{calls:?}"
    );
    workspace.plan().empty();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace
        .run(&[
            "import",
            ADDRESS,
            &format!("cluster-parameter-group/{group}"),
        ])
        .success();
    workspace.plan().empty();
}

#[test]
fn replication_parameter_of_a_default_group_is_refused_before_anything_changes() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(
        &stand_in,
        "db_cluster_parameter_group_name = \"default.aurora-postgresql15\"",
    );
    workspace
        .apply()
        .failure()
        .says("is a default group")
        .says("db_cluster_parameter_group_name = \"default.aurora-postgresql15\"");
}

#[test]
fn replication_parameter_of_a_group_that_is_not_there_names_the_group() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "db_cluster_parameter_group_name = \"nowhere\"");
    workspace
        .apply()
        .failure()
        .says("There is no DB cluster parameter group \"nowhere\"");
}

#[test]
fn replication_parameter_of_a_cluster_that_is_not_there_names_the_cluster() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, "cluster_identifier = \"nowhere\"");
    workspace.plan().changes();
    workspace
        .apply()
        .failure()
        .says("There is no DB cluster \"nowhere\"");
}

#[test]
fn replication_parameter_of_a_group_that_no_cluster_uses_is_set_with_a_warning() {
    let stand_in = StandIn::start(15);
    stand_in.create_cluster_group("spare", "aurora-postgresql15");
    let workspace = workspace(&stand_in, "db_cluster_parameter_group_name = \"spare\"");
    workspace.apply().success().says("Parameter Group Not Used");
    workspace.plan().empty();
    stand_in.block_on(async {
        stand_in
            .rds()
            .delete_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("spare")
            .send()
            .await
            .expect("the group can be deleted");
    });
    workspace
        .plan()
        .changes()
        .says("1 to add, 0 to change, 0 to destroy");
}

#[test]
fn replication_parameter_group_pending_reboot_is_a_warning_that_names_the_members() {
    let stand_in = StandIn::start(15);
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.block_on(async {
        stand_in
            .rds()
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group)
            .parameters(
                Parameter::builder()
                    .parameter_name("max_replication_slots")
                    .parameter_value("40")
                    .apply_method(ApplyMethod::PendingReboot)
                    .build(),
            )
            .send()
            .await
            .expect("a static parameter can be set");
    });
    let workspace = workspace(&stand_in, "cluster_identifier = \"orders\"");
    workspace
        .apply()
        .success()
        .says("pending-reboot")
        .says("orders-1");
    let state = workspace.state_text();
    assert!(!state.contains("tainted"), "{state}");
}

#[test]
fn replication_parameter_both_names_are_refused_at_validation() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(
        &stand_in,
        "cluster_identifier = \"orders\"\ndb_cluster_parameter_group_name = \"orders\"",
    );
    workspace.run(&["validate"]).failure();
}

#[test]
fn replication_parameter_of_a_group_in_another_case_warns_of_no_move() {
    let stand_in = StandIn::start(15);
    let group = stand_in.cluster().parameter_group.clone();
    let upper = format!(
        "db_cluster_parameter_group_name = {:?}",
        group.to_uppercase()
    );
    let workspace = workspace(&stand_in, &upper);
    let moved = "Another Parameter Group In Use";
    workspace.apply().success();
    for _ in 0..2 {
        workspace.plan().empty().does_not_say(moved);
        workspace
            .run(&["apply", "-refresh-only", "-auto-approve"])
            .success();
    }
    workspace.write(&(stand_in.provider() + &resource(&format!("{upper}\n  enabled = false"))));
    workspace.apply().success().does_not_say(moved);
    workspace.write(&(stand_in.provider() + &resource(&upper)));
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["parameter_group_name"], group.as_str());
    // The same thing in lower case, then by its cluster.
    workspace.write(
        &(stand_in.provider() + &resource(&format!("db_cluster_parameter_group_name = {group:?}"))),
    );
    workspace.apply().success().does_not_say(moved);
    workspace.plan().empty();
    workspace.destroy().success().does_not_say("Left As It Is");
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
}
