//! `rdsiam_terminate_replication_connections`: streams end, slots stay.

use crate::support::{Ability, StandIn, Workspace};

const ACTION: &str = "action.rdsiam_terminate_replication_connections.this";

fn action(config: &str) -> String {
    format!(
        "action \"rdsiam_terminate_replication_connections\" \"this\" {{\n  config {{\n    {config}\n  }}\n}}\n"
    )
}

fn streams(stand_in: &StandIn) -> String {
    let count = "SELECT count(*) FROM pg_stat_replication";
    stand_in.sql_value(count).expect("a number")
}

#[test]
fn action_triggered_by_the_parameter_ends_what_streams_with_a_password() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Actions) {
        return;
    }
    let _stream = stand_in.stream("orders_slot");
    workspace.write(
        &(stand_in.provider()
            + &action("")
            + &format!(
                "resource \"rdsiam_replication_user\" \"cdc\" {{\n  name = \"cdc\"\n}}\nresource \
                 \"rdsiam_replication_parameter\" \"this\" {{\n  cluster_identifier = \"orders\"\n  depends_on = \
                 [rdsiam_replication_user.cdc]\n  lifecycle {{\n    action_trigger {{\n      events = [after_create]\n      \
                 actions = [{ACTION}]\n    }}\n  }}\n}}\n"
            )),
    );
    workspace.plan().changes().says("1 to invoke");
    assert_eq!(streams(&stand_in), "1");
    workspace
        .apply()
        .success()
        .says("with the slot \"orders_slot\" active")
        .says("Ended 1 replication connection");
    assert_eq!(streams(&stand_in), "0");
    let slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orders_slot'";
    assert_eq!(stand_in.sql_value(slots).as_deref(), Some("1"));
    workspace.plan().empty();
}

#[test]
fn action_that_is_invoked_ends_the_streams_of_one_user_and_refuses_who_is_not_there() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Actions) {
        return;
    }
    let _stream = stand_in.stream("orders_slot");
    let invoke = format!("-invoke={ACTION}");
    let invoke = || workspace.run(&["apply", "-auto-approve", &invoke]);
    workspace.write(&(stand_in.provider() + &action("")));
    invoke().failure().says("is off in the running server");
    workspace.write(&(stand_in.provider() + &action("username = \"nobody\"")));
    invoke()
        .failure()
        .says("There is no role \"nobody\"")
        .says("username");
    assert_eq!(streams(&stand_in), "1");
    workspace.write(&(stand_in.provider() + &action("username = \"cdc\"")));
    invoke().success().says("Ended 1 replication connection");
    assert_eq!(streams(&stand_in), "0");
}
