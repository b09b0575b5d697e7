//! A provider that is killed between AWS's change and Terraform's state: the next apply goes on from
//! what AWS says.
#![cfg(unix)]

use serde_json::json;

use crate::support::{
    Kind, StandIn, Workspace, eventually,
    process::{providers_of, send},
};

const ADDRESS: &str = "rdsiam_replication_parameter.this";

fn write(workspace: &Workspace, kind: Kind, more: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {} = {:?}\n{more}\n}}\n",
        kind.argument(),
        kind.identifier()
    ));
}

/// Starts an apply, and kills the provider once the parameter has a value.
fn apply_killed_at(stand_in: &StandIn, workspace: &Workspace, kind: Kind, value: &str) {
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the change", || {
        stand_in.value(kind).as_deref().unwrap_or("0") == value
    });
    let providers = providers_of(cli.id());
    assert!(!providers.is_empty(), "the provider runs");
    for provider in providers {
        send("KILL", provider);
    }
    let output = cli.wait_with_output().expect("the CLI ends");
    assert!(!output.status.success());
}

#[test]
fn killed_before_the_answer_of_a_create_is_adopted_by_the_next_apply() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let workspace = Workspace::new(&stand_in);
        write(&workspace, kind, "");
        stand_in.control(
            "POST",
            "/faults",
            &json!({"action": kind.modify(), "fault": "delay", "seconds": 600}),
        );
        apply_killed_at(&stand_in, &workspace, kind, "1");
        assert_eq!(workspace.state(ADDRESS), None);
        stand_in.forget_calls();
        workspace
            .apply()
            .success()
            .says("Replication Parameter Already On")
            .says("1 added, 0 changed, 0 destroyed");
        assert_eq!(stand_in.calls_of(kind.modify()), 0);
        workspace.plan().empty();
        workspace.destroy().success();
        assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
    }
}

#[test]
fn killed_in_the_wait_of_an_update_is_seen_through_by_the_next_apply() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let workspace = Workspace::new(&stand_in);
        write(&workspace, kind, "");
        workspace.apply().success();
        write(&workspace, kind, "enabled = false");
        stand_in.apply_in(kind, 600);
        apply_killed_at(&stand_in, &workspace, kind, "0");
        stand_in.forget_calls();
        workspace
            .apply()
            .success()
            .says("0 added, 0 changed, 0 destroyed");
        assert_eq!(stand_in.calls_of(kind.modify()), 0);
        let state = workspace.state(ADDRESS).expect("a state");
        assert_eq!(state["enabled"], false);
        workspace.plan().empty();
    }
}

#[test]
fn killed_in_the_wait_of_a_destroy_is_gone_after_the_next_one() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let workspace = Workspace::new(&stand_in);
        write(&workspace, kind, "");
        workspace.apply().success();
        workspace.write("");
        stand_in.apply_in(kind, 600);
        apply_killed_at(&stand_in, &workspace, kind, "0");
        stand_in.forget_calls();
        workspace.apply().success();
        assert_eq!(stand_in.calls_of(kind.reset()), 0);
        assert_eq!(workspace.state(ADDRESS), None);
    }
}
