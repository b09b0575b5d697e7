//! The wait for a change to be in effect.

use std::time::Duration;

use serde_json::{Value, json};
use terraform_provider_rdsiam::aws::rds::{
    parameter_group::{ApplyType, GroupName, modify},
    publisher::Identifier,
    wait::{InSync, Wait},
};

use super::{clients, scope, scope_of};
use crate::support::{PARAMETER, StandIn};

const WAIT: Wait = Wait {
    first_pause: Duration::from_millis(50),
    longest_pause: Duration::from_millis(200),
};

fn orders() -> Identifier {
    Identifier::Cluster("orders".to_owned())
}

fn set(stand_in: &StandIn, settings: &Value) {
    let path = format!("/clusters/{}/settings", stand_in.cluster().identifier);
    stand_in.control("POST", &path, settings);
}

#[test]
fn wait_after_a_change_outlasts_stale_readings_until_the_gate_enforces_it() {
    let stand_in = StandIn::start(15);
    set(
        &stand_in,
        &json!({"apply_seconds": 1.0, "stale_readings": 2}),
    );
    let clients = clients(&stand_in);
    let group = GroupName::cluster(&stand_in.cluster().parameter_group);
    let done = stand_in.block_on(async {
        modify(
            &clients,
            &scope(),
            &group,
            PARAMETER,
            true,
            ApplyType::Dynamic,
        )
        .await
        .expect("it can be set");
        WAIT.in_sync(&clients, &scope(), &orders()).await
    });
    assert_eq!(
        done.expect("the cluster can be read"),
        InSync::Reached {
            unavailable: Vec::new()
        }
    );
    let shown = stand_in.sql_value("SHOW rds.iam_auth_for_replication");
    assert_eq!(shown.as_deref(), Some("on"));
}

#[test]
fn wait_with_a_newly_attached_group_ends_with_the_members_to_reboot() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    stand_in.create_cluster_group("another", "aurora-postgresql15");
    stand_in.attach_cluster_group("orders", "another");
    let done = stand_in.block_on(WAIT.in_sync(&clients, &scope(), &orders()));
    assert_eq!(
        done.expect("the cluster can be read"),
        InSync::PendingReboot {
            members: vec!["orders-1".to_owned(), "orders-2".to_owned()],
            unavailable: Vec::new(),
        }
    );
}

#[test]
fn wait_with_a_stopped_cluster_names_the_members_and_does_not_wait_for_them() {
    let stand_in = StandIn::start(15);
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    let clients = clients(&stand_in);
    let done = stand_in.block_on(WAIT.in_sync(&clients, &scope(), &orders()));
    let InSync::Reached { unavailable } = done.expect("the cluster can be read") else {
        panic!("stopped members are not waited for");
    };
    let shown: Vec<String> = unavailable.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["orders-1 (stopped)", "orders-2 (stopped)"]);
}

#[test]
fn wait_out_of_time_says_what_it_was_waiting_for() {
    let stand_in = StandIn::start(15);
    set(
        &stand_in,
        &json!({"apply_seconds": 600.0, "stale_readings": 0}),
    );
    let clients = clients(&stand_in);
    let group = GroupName::cluster(&stand_in.cluster().parameter_group);
    let done = stand_in.block_on(async {
        modify(
            &clients,
            &scope(),
            &group,
            PARAMETER,
            true,
            ApplyType::Dynamic,
        )
        .await
        .expect("it can be set");
        WAIT.in_sync(&clients, &scope_of(Duration::from_secs(2)), &orders())
            .await
    });
    let InSync::Unfinished {
        members, cancelled, ..
    } = done.expect("a wait is no error")
    else {
        panic!("ten minutes are not over");
    };
    assert!(!cancelled);
    let shown: Vec<String> = members.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["orders-1 (applying)", "orders-2 (applying)"]);
}

#[test]
fn wait_for_a_cluster_that_is_gone_ends() {
    let stand_in = StandIn::start(15);
    let clients = clients(&stand_in);
    let nowhere = Identifier::Cluster("nowhere".to_owned());
    let done = stand_in.block_on(WAIT.in_sync(&clients, &scope(), &nowhere));
    assert_eq!(done.expect("not found is an answer"), InSync::Gone);
}
