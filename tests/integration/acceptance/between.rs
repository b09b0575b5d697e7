//! What changes between a plan and its apply, for both kinds of publishers.

use crate::support::{Kind, StandIn, Workspace};

const ADDRESS: &str = "rdsiam_replication_parameter.this";

fn write(workspace: &Workspace, kind: Kind, more: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {} = {:?}\n{more}\n}}\n",
        kind.argument(),
        kind.identifier()
    ));
}

fn workspace(stand_in: &StandIn, kind: Kind, more: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    write(&workspace, kind, more);
    workspace
}

fn plan(workspace: &Workspace) {
    workspace.run(&["plan", "-out=planned"]).success();
}

fn apply(workspace: &Workspace) -> crate::support::cli::Run {
    workspace.run(&["apply", "planned"])
}

#[test]
fn between_plan_and_apply_a_move_is_followed_and_the_reboot_explained() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let old = stand_in.publisher(kind).parameter_group.clone();
        let workspace = workspace(&stand_in, kind, "");
        plan(&workspace);
        stand_in.move_to_new_group(kind, "another");
        apply(&workspace)
            .success()
            .says("Parameter Group Pending Reboot")
            .says("the group was associated since the last reboot");
        assert_ne!(stand_in.value_in(kind, &old).as_deref(), Some("1"));
        assert_eq!(stand_in.value_in(kind, "another").as_deref(), Some("1"));
        let state = workspace.state(ADDRESS).expect("a state");
        assert_eq!(state["parameter_group_name"], "another");
        workspace
            .plan()
            .empty()
            .says("Replication Parameter Not In Effect Everywhere");
        stand_in.reboot(kind);
        workspace.plan().empty().does_not_say("Not In Effect");
    }
}

#[test]
fn between_plan_and_apply_of_an_update_a_move_is_an_error_that_names_both_groups() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let old = stand_in.publisher(kind).parameter_group.clone();
        let workspace = workspace(&stand_in, kind, "");
        workspace.apply().success();
        write(&workspace, kind, "enabled = false");
        workspace
            .run(&["plan", "-out=planned"])
            .success()
            .does_not_say("(known after apply)");
        stand_in.move_to_new_group(kind, "another");
        stand_in.set_value_in(kind, "another", "1");
        stand_in.forget_calls();
        apply(&workspace)
            .failure()
            .says(&format!("{old:?}"))
            .says("\"another\"")
            .says("Plan again");
        assert_eq!(stand_in.calls_of(kind.modify()), 0);
        // The next plan is about the new group.
        workspace
            .plan()
            .changes()
            .says("Another Parameter Group In Use");
        workspace
            .apply()
            .success()
            .says(&format!("stays as it was set in {old:?}"));
        assert_eq!(stand_in.value_in(kind, &old).as_deref(), Some("1"));
        assert_eq!(stand_in.value_in(kind, "another").as_deref(), Some("0"));
        let state = workspace.state(ADDRESS).expect("a state");
        assert_eq!(state["parameter_group_name"], "another");
        workspace.plan().empty();
    }
}

#[test]
fn between_plan_and_apply_of_a_destroy_a_move_leaves_both_groups_alone() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let old = stand_in.publisher(kind).parameter_group.clone();
        let workspace = workspace(&stand_in, kind, "");
        workspace.apply().success();
        workspace
            .run(&["plan", "-destroy", "-out=planned"])
            .success();
        stand_in.move_to_new_group(kind, "another");
        stand_in.set_value_in(kind, "another", "1");
        stand_in.forget_calls();
        apply(&workspace)
            .success()
            .says("Replication Parameter Left As It Is")
            .says("now uses the");
        assert_eq!(stand_in.calls_of(kind.reset()), 0);
        assert_eq!(stand_in.value_in(kind, &old).as_deref(), Some("1"));
        assert_eq!(stand_in.value_in(kind, "another").as_deref(), Some("1"));
        assert_eq!(workspace.state(ADDRESS), None);
    }
}

#[test]
fn between_plan_and_apply_a_value_that_somebody_else_set_needs_no_call() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let group = stand_in.publisher(kind).parameter_group.clone();
        let workspace = workspace(&stand_in, kind, "");
        plan(&workspace);
        stand_in.set_value_in(kind, &group, "1");
        stand_in.forget_calls();
        apply(&workspace)
            .success()
            .says("Replication Parameter Already On");
        assert_eq!(stand_in.calls_of(kind.modify()), 0);

        write(&workspace, kind, "enabled = false");
        plan(&workspace);
        stand_in.set_value_in(kind, &group, "0");
        stand_in.forget_calls();
        apply(&workspace).success();
        assert_eq!(stand_in.calls_of(kind.modify()), 0);
        workspace.plan().empty();

        write(&workspace, kind, "");
        workspace.apply().success();
        workspace
            .run(&["plan", "-destroy", "-out=planned"])
            .success();
        stand_in.set_value_in(kind, &group, "0");
        stand_in.forget_calls();
        apply(&workspace).success();
        assert_eq!(stand_in.calls_of(kind.reset()), 0);
    }
}

/// `terraform destroy` shows no warning of its refresh.
#[test]
fn between_apply_and_destroy_a_move_is_said_with_the_group_that_stays_set() {
    let left = "Replication Parameter Left In Another Group";
    for kind in Kind::BOTH {
        for value in ["0", "1"] {
            let stand_in = StandIn::with_kind(kind);
            let old = stand_in.publisher(kind).parameter_group.clone();
            let workspace = workspace(&stand_in, kind, "");
            workspace.apply().success();
            stand_in.move_to_new_group(kind, "another");
            stand_in.reboot(kind);
            stand_in.set_value_in(kind, "another", value);
            workspace
                .run(&["plan", "-destroy"])
                .success()
                .says(left)
                .says(&format!("{old:?}"));
            let destroyed = workspace.destroy().success().says(left);
            let resets = "What a destroy resets is the parameter in the";
            match value {
                "1" => destroyed.says(resets),
                _ => destroyed.does_not_say(resets),
            };
            assert_eq!(stand_in.value_in(kind, &old).as_deref(), Some("1"));
            assert_ne!(stand_in.value_in(kind, "another").as_deref(), Some("1"));
        }
    }
}

#[test]
fn between_applies_a_move_is_forgotten_by_the_apply_and_by_a_move_back() {
    let left = "Left In Another Group";
    let kind = Kind::Cluster;
    let stand_in = StandIn::with_kind(kind);
    let old = stand_in.publisher(kind).parameter_group.clone();
    let workspace = workspace(&stand_in, kind, "");
    workspace.apply().success();
    let refresh = || workspace.run(&["apply", "-refresh-only", "-auto-approve"]);
    stand_in.move_to_new_group(kind, "another");
    refresh().success().says("Another Parameter Group In Use");
    stand_in.attach_cluster_group(kind.identifier(), &old);
    refresh().success().says("Another Parameter Group In Use");
    let plan = || workspace.run(&["plan", "-destroy"]).success();
    plan().does_not_say(left);
    stand_in.attach_cluster_group(kind.identifier(), "another");
    refresh().success();
    plan().says(left);
    workspace.apply().success();
    plan().does_not_say(left);
}

#[test]
fn between_applies_a_move_of_an_instance_is_followed_and_the_old_group_left() {
    let kind = Kind::Instance;
    let stand_in = StandIn::with_kind(kind);
    let old = stand_in.publisher(kind).parameter_group.clone();
    let workspace = workspace(&stand_in, kind, "");
    workspace.apply().success();
    stand_in.move_to_new_group(kind, "another");
    stand_in.reboot(kind);
    workspace
        .plan()
        .changes()
        .says("Another Parameter Group In Use")
        .says(&old);
    workspace.apply().success();
    assert_eq!(stand_in.value_in(kind, "another").as_deref(), Some("1"));
    workspace.plan().empty();
    workspace.destroy().success();
    assert_ne!(stand_in.value_in(kind, "another").as_deref(), Some("1"));
    assert_eq!(stand_in.value_in(kind, &old).as_deref(), Some("1"));
}
