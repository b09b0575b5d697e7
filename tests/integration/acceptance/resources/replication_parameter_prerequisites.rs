//! What AWS demands of a publisher: said at plan, an error at apply before anything is changed.

use serde_json::{Value, json};

use crate::support::{StandIn, Workspace};

const NOT_MET: &str = "Prerequisite Not Met";
const BY_CLUSTER: &str = "cluster_identifier = \"orders\"";

fn workspace(stand_in: &StandIn, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    write(&workspace, arguments);
    workspace
}

fn write(workspace: &Workspace, arguments: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n{arguments}\n}}\n"
    ));
}

fn set_static(stand_in: &StandIn, name: &str, value: &str) {
    stand_in.set_static_parameter(&stand_in.cluster().parameter_group, name, value);
}

fn assert_untouched(stand_in: &StandIn) {
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
    let calls = stand_in.calls();
    assert!(
        !calls.contains_key("ModifyDBClusterParameterGroup"),
        "{calls:?}"
    );
}

#[test]
fn prerequisite_iam_that_is_off_is_a_warning_at_plan_and_an_error_at_apply() {
    let stand_in = StandIn::start(15);
    stand_in.set_iam_authentication(false, true);
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .plan()
        .changes()
        .says("Warning: Prerequisite Not Met: iam_database_authentication")
        .says("EnableIAMDatabaseAuthentication");
    workspace
        .apply()
        .failure()
        .says("Error: Prerequisite Not Met: iam_database_authentication");
    assert_untouched(&stand_in);

    write(
        &workspace,
        &format!("{BY_CLUSTER}\ncheck_prerequisites = \"plan\""),
    );
    workspace
        .plan()
        .failure()
        .says("Error: Prerequisite Not Met: iam_database_authentication");

    write(
        &workspace,
        &format!("{BY_CLUSTER}\ncheck_prerequisites = \"off\""),
    );
    workspace.plan().changes().does_not_say("Prerequisite");
    workspace.apply().success().does_not_say("Prerequisite");
    assert_eq!(stand_in.parameter().as_deref(), Some("1"));
}

#[test]
fn prerequisite_iam_that_waits_for_the_maintenance_window_names_apply_immediately() {
    let stand_in = StandIn::start(15);
    stand_in.set_iam_authentication(false, true);
    stand_in.set_iam_authentication(true, false);
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .apply()
        .failure()
        .says("disabled, enabled is pending")
        .says("ApplyImmediately");
    assert_untouched(&stand_in);
}

#[test]
fn prerequisite_logical_replication_that_is_off_names_the_group_and_the_reboot() {
    let stand_in = StandIn::start(15);
    set_static(&stand_in, "rds.logical_replication", "0");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    stand_in.forget_calls();
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .apply()
        .failure()
        .says("Prerequisite Not Met: logical_replication")
        .says(&stand_in.cluster().parameter_group)
        .says("reboot the writer");
    assert_untouched(&stand_in);
    let group = stand_in.cluster().parameter_group.clone();
    write(
        &workspace,
        &format!("db_cluster_parameter_group_name = \"{group}\""),
    );
    workspace
        .apply()
        .failure()
        .says("Prerequisite Not Met: logical_replication");
    assert_untouched(&stand_in);
}

#[test]
fn prerequisite_reboot_that_is_pending_names_the_members_and_goes_on() {
    let stand_in = StandIn::start(15);
    set_static(&stand_in, "rds.logical_replication", "0");
    stand_in.control("POST", "/clusters/orders/reboot", &Value::Null);
    set_static(&stand_in, "rds.logical_replication", "1");
    stand_in.wait_for_members("pending-reboot");
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .plan()
        .changes()
        .says("Prerequisite In Doubt: logical_replication")
        .says("orders-1, orders-2");
    workspace.apply().success();
}

#[test]
fn prerequisite_that_fails_later_is_silent_without_a_change_and_not_in_the_way_of_a_destroy() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace.plan().changes().does_not_say("Prerequisite");
    workspace.apply().success().does_not_say("Prerequisite");
    stand_in.set_iam_authentication(false, true);
    workspace.plan().empty().does_not_say(NOT_MET);
    write(
        &workspace,
        &format!("{BY_CLUSTER}\nwait_for_in_sync = false\ncheck_prerequisites = \"plan\""),
    );
    workspace.apply().success().does_not_say(NOT_MET);
    workspace.destroy().success().does_not_say(NOT_MET);
    assert_eq!(stand_in.parameter().as_deref().unwrap_or("0"), "0");
}

#[test]
fn prerequisite_of_a_stopped_cluster_fails_the_apply() {
    let stand_in = StandIn::start(15);
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .apply()
        .failure()
        .says("Prerequisite Not Met: status")
        .says("stopped");
    assert_untouched(&stand_in);
}

#[test]
fn prerequisite_of_what_is_not_there_yet_is_not_asked_for_at_plan() {
    let stand_in = StandIn::start(15);
    for arguments in [
        "cluster_identifier = \"tomorrow\"\ncheck_prerequisites = \"plan\"",
        "db_instance_identifier = \"tomorrow\"\ncheck_prerequisites = \"plan\"",
        "db_cluster_parameter_group_name = \"tomorrow\"\ncheck_prerequisites = \"plan\"",
        "db_parameter_group_name = \"tomorrow\"\ncheck_prerequisites = \"plan\"",
    ] {
        let workspace = workspace(&stand_in, arguments);
        workspace.plan().changes().does_not_say("Warning: Prereq");
    }
}

#[test]
fn prerequisites_that_may_not_be_read_are_a_warning_at_plan() {
    let stand_in = StandIn::start(15);
    stand_in.control(
        "POST",
        "/faults",
        &json!({"action": "DescribeDBClusterParameters", "fault": "access-denied", "times": 1}),
    );
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace
        .plan()
        .changes()
        .says("Warning: Check Prerequisites")
        .says("rds:DescribeDBClusterParameters");
    workspace.apply().success();
}

#[test]
fn prerequisites_of_a_plan_cost_no_call_more_than_a_read_and_a_list() {
    let stand_in = StandIn::start(15);
    let workspace = workspace(&stand_in, BY_CLUSTER);
    workspace.apply().success();
    stand_in.set_parameter("0");
    stand_in.forget_calls();
    workspace.plan().changes();
    let calls = stand_in.calls();
    // The cluster, and once everything that may use its group.
    assert_eq!(calls["DescribeDBClusters"], 2, "{calls:?}");
    assert_eq!(calls["DescribeDBClusterParameters"], 1, "{calls:?}");
}
