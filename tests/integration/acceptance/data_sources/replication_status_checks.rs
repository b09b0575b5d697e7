//! `rdsiam_replication_status` in conditions: check blocks, postconditions, and when it is read.

use crate::support::{StandIn, Workspace, cli::Run};

const PARAMETER: &str =
    "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";
const STATUS: &str = "\
data \"rdsiam_replication_status\" \"orders\" {
  cluster_identifier = \"orders\"
  depends_on         = [rdsiam_replication_parameter.this]
}
";
const ASSERTIONS: &str = "
  assert {
    condition     = data.rdsiam_replication_status.orders.in_effect == true
    error_message = \"Not in effect: ${jsonencode(data.rdsiam_replication_status.orders.members)}\"
  }

  assert {
    condition = data.rdsiam_replication_status.orders.ready
    error_message = join(\" \", [
      for one in data.rdsiam_replication_status.orders.prerequisites : \"${one.name}: ${one.detail}\" if !one.met
    ])
  }
";

fn workspace(stand_in: &StandIn, configuration: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(configuration);
    workspace
}

/// Breaks something, which the check must say without failing anything.
#[track_caller]
fn break_and_plan(stand_in: &StandIn, workspace: &Workspace) -> Run {
    stand_in.set_iam_authentication(false, true);
    workspace
        .plan()
        .says("Warning: Check block assertion failed")
        .says("iam_database_authentication: No token is accepted without it")
}

#[test]
fn check_warns_when_something_breaks_and_is_silent_before() {
    let stand_in = StandIn::start(15);
    let check = format!("check \"replication\" {{{ASSERTIONS}}}\n");
    let configuration = stand_in.provider() + PARAMETER + STATUS + &check;
    let workspace = workspace(&stand_in, &configuration);
    workspace
        .apply()
        .success()
        .does_not_say("Check block assertion failed");
    workspace.plan().empty().does_not_say("Check block");
    break_and_plan(&stand_in, &workspace).empty();
}

#[test]
fn check_with_the_data_source_inside_is_read_again_by_each_apply() {
    let stand_in = StandIn::start(15);
    let check = format!("check \"replication\" {{\n{STATUS}{ASSERTIONS}}}\n");
    let configuration = stand_in.provider() + PARAMETER + &check;
    let workspace = workspace(&stand_in, &configuration);
    workspace
        .apply()
        .success()
        .does_not_say("Check block assertion failed");
    // Terraform plans to read it again, which `-detailed-exitcode` counts.
    workspace
        .plan()
        .changes()
        .says("config will be reloaded to verify a check block")
        .says("0 to add, 0 to change, 0 to destroy");
    break_and_plan(&stand_in, &workspace).changes();
}

#[test]
fn check_of_what_is_not_there_warns_and_does_not_fail() {
    let stand_in = StandIn::start(15);
    let status =
        "data \"rdsiam_replication_status\" \"orders\" {\n  cluster_identifier = \"tomorrow\"\n}\n";
    let check = format!("check \"replication\" {{{ASSERTIONS}}}\n");
    workspace(&stand_in, &(status.to_owned() + &check))
        .plan()
        .empty()
        .says("Warning: Check block assertion failed")
        .says("existence: There is no DB cluster \"tomorrow\"");
}

#[test]
fn postcondition_that_does_not_hold_fails_the_plan() {
    let stand_in = StandIn::start(15);
    let configuration = "\
data \"rdsiam_replication_status\" \"this\" {
  cluster_identifier = \"orders\"

  lifecycle {
    postcondition {
      condition     = self.ready
      error_message = \"Blocked by ${join(\", \", [for one in self.prerequisites : one.name if !one.met])}.\"
    }
  }
}
";
    let workspace = workspace(&stand_in, configuration);
    workspace.plan().empty();
    stand_in.set_iam_authentication(false, true);
    workspace
        .plan()
        .failure()
        .says("Resource postcondition failed")
        .says("Blocked by iam_database_authentication.");
}

#[test]
fn status_is_read_before_the_change_unless_it_depends_on_it() {
    let stand_in = StandIn::start(15);
    let status = |name: &str, more: &str| {
        format!(
            "data \"rdsiam_replication_status\" \"{name}\" {{\n  cluster_identifier = \"orders\"\n  {more}\n}}\n"
        )
    };
    let configuration = stand_in.provider()
        + PARAMETER
        + &status("early", "")
        + &status("late", "depends_on = [rdsiam_replication_parameter.this]");
    let workspace = workspace(&stand_in, &configuration);
    workspace.apply().success();
    let value = |name: &str| {
        let address = format!("data.rdsiam_replication_status.{name}");
        let state = workspace.state(&address).expect("it is in the state");
        (state["effective_value"].clone(), state["in_effect"].clone())
    };
    assert_eq!(value("early"), ("0".into(), false.into()));
    assert_eq!(value("late"), ("1".into(), true.into()));
    workspace.plan().empty();
}

#[test]
fn status_of_a_cluster_that_is_not_known_yet_is_read_at_apply() {
    let stand_in = StandIn::start(15);
    let configuration = "\
resource \"terraform_data\" \"cluster\" {
  input = \"orders\"
}

data \"rdsiam_replication_status\" \"this\" {
  cluster_identifier = terraform_data.cluster.output
}
";
    let workspace = workspace(&stand_in, configuration);
    workspace.plan().changes().says("will be read during apply");
    workspace.apply().success();
    let state = workspace.state("data.rdsiam_replication_status.this");
    assert_eq!(state.expect("it is in the state")["ready"], true);
    workspace.plan().empty();
}
