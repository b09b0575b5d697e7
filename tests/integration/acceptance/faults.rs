//! AWS that throttles, fails, is late, or does not accept the credentials any more, in the middle of a
//! run.

use std::time::Instant;

use rds_emulator::Options;
use serde_json::json;

use crate::support::{Kind, StandIn, Workspace, eventually};

const ADDRESS: &str = "rdsiam_replication_parameter.this";
/// Clusters of which Terraform has ten in hand at once.
const CLUSTERS: usize = 20;

fn workspace(stand_in: &StandIn, kind: Kind, more: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    write(&workspace, kind, more);
    workspace
}

fn write(workspace: &Workspace, kind: Kind, more: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {} = {:?}\n{more}\n}}\n",
        kind.argument(),
        kind.identifier()
    ));
}

#[test]
fn faults_throttled_burst_succeeds_with_no_call_too_many() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: (0..CLUSTERS).map(|number| format!("c{number}")).collect(),
        ..Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  count = {CLUSTERS}\n  cluster_identifier = \
         \"c${{count.index}}\"\n  wait_for_in_sync = false\n}}\n"
    ));
    let throttled = [
        ("GetCallerIdentity", 2),
        ("DescribeDBClusters", 4),
        ("DescribeDBClusterParameterGroups", 20),
        ("DescribeDBClusterParameters", 20),
        ("ModifyDBClusterParameterGroup", 20),
    ];
    for (action, times) in throttled {
        stand_in.fault(action, "throttle", times);
    }
    workspace.apply().success();
    let calls = stand_in.calls();
    let clusters = u64::try_from(CLUSTERS).expect("a small number");
    assert_eq!(calls["ModifyDBClusterParameterGroup"], clusters + 20);
    assert_eq!(calls["DescribeDBClusterParameterGroups"], clusters + 20);
    // Two processes of the provider, one for the plan and one for the apply, ask who they are.
    assert_eq!(calls["GetCallerIdentity"], 2 + 2);

    workspace.plan().empty();
    stand_in.forget_calls();
    workspace.plan().empty();
    let calm = stand_in.calls();
    for (action, times) in [
        ("GetCallerIdentity", 2),
        ("DescribeDBClusters", 3),
        ("DescribeDBClusterParameters", 30),
    ] {
        stand_in.fault(action, "throttle", times);
    }
    stand_in.forget_calls();
    workspace.plan().empty();
    let throttled = stand_in.calls();
    let more = |action: &str| throttled[action] - calm[action];
    assert_eq!(more("GetCallerIdentity"), 2, "{throttled:?}");
    assert_eq!(more("DescribeDBClusters"), 3, "{throttled:?}");
    assert_eq!(more("DescribeDBClusterParameters"), 30, "{throttled:?}");
}

#[test]
fn faults_of_the_service_and_the_network_on_each_call_are_outlasted() {
    let stand_in = StandIn::with_both_kinds();
    let workspace = Workspace::new(&stand_in);
    let parameters: String = Kind::BOTH
        .into_iter()
        .map(|kind| {
            format!(
                "resource \"rdsiam_replication_parameter\" {:?} {{\n  {} = {:?}\n}}\n",
                kind.identifier(),
                kind.argument(),
                kind.identifier()
            )
        })
        .collect();
    let user = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n";
    workspace.write(&(stand_in.provider() + &parameters + user));
    let shake = || {
        for kind in Kind::BOTH {
            for action in [
                kind.describe(),
                kind.describe_groups(),
                kind.describe_parameters(),
                kind.modify(),
                kind.reset(),
            ] {
                stand_in.fault(action, "service-unavailable", 1);
                stand_in.fault(action, "truncate", 1);
            }
        }
        stand_in.fault("GetCallerIdentity", "truncate", 1);
        stand_in.fault("GetSecretValue", "truncate", 1);
        stand_in.fault("GetSecretValue", "service-unavailable", 1);
    };
    shake();
    workspace.apply().success();
    stand_in.forget_faults();
    for kind in Kind::BOTH {
        assert_eq!(stand_in.value(kind).as_deref(), Some("1"));
        assert_eq!(stand_in.calls_of(kind.modify()), 3);
    }
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    shake();
    workspace.plan().empty();
    stand_in.forget_faults();
    shake();
    workspace.destroy().success();
    for kind in Kind::BOTH {
        assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
        assert_eq!(stand_in.calls_of(kind.reset()), 3);
    }
}

/// A list that is cut short: its first page ignores the filter, and the next one does not.
#[test]
fn faults_parameter_that_is_not_listed_is_not_gone() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let group = stand_in.publisher(kind).parameter_group.clone();
        let by_publisher = format!("{} = {:?}", kind.argument(), kind.identifier());
        let by_group = format!("{} = {group:?}", kind.group_argument());
        for (argument, earlier) in [(by_publisher, 0), (by_group, 1)] {
            let workspace = Workspace::new(&stand_in);
            workspace.write(&format!(
                "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {argument}\n}}\n"
            ));
            workspace.apply().success();
            stand_in.fault(kind.describe_parameters(), "ignore-filters", 1);
            workspace
                .plan()
                .empty()
                .says("Replication Parameter Not Listed")
                .says(&format!("{group:?}"))
                .says("family")
                .says("not taken to mean that it is gone");
            workspace.plan().empty().does_not_say("Not Listed");
            workspace
                .run(&["plan", "-destroy", "-out=planned"])
                .success();
            stand_in.forget_calls();
            // The reading before the reset; one that looks for a named group comes first.
            let cut = json!({
                "action": kind.describe_parameters(), "fault": "ignore-filters", "after": earlier,
            });
            stand_in.control("POST", "/faults", &cut);
            workspace
                .run(&["apply", "planned"])
                .failure()
                .says("does not list rds.iam_auth_for_replication")
                .says("nothing was reset");
            assert_eq!(stand_in.calls_of(kind.reset()), 0);
            assert_eq!(stand_in.value(kind).as_deref(), Some("1"));
            assert!(workspace.state(ADDRESS).is_some());
            workspace.destroy().success();
            assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
        }
    }
}

#[test]
fn faults_answer_that_comes_after_the_timeout_still_counts() {
    let kind = Kind::Instance;
    let stand_in = StandIn::with_kind(kind);
    let workspace = workspace(&stand_in, kind, "timeouts {\n  create = \"8s\"\n}");
    stand_in.control(
        "POST",
        "/faults",
        &json!({"action": kind.modify(), "fault": "delay", "seconds": 10}),
    );
    workspace
        .apply()
        .success()
        .says("Parameter Not Known To Be In Effect");
    assert_eq!(stand_in.calls_of(kind.modify()), 1);
    let state = workspace.state(ADDRESS).expect("what was done is recorded");
    assert_eq!(state["enabled"], true);
    assert!(!workspace.state_text().contains("tainted"));
}

#[test]
fn faults_expired_credentials_end_the_run_at_once_wherever_it_is() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let workspace = workspace(&stand_in, kind, "");
        let expired = |run: crate::support::cli::Run, action: &str| {
            run.says("ExpiredToken")
                .says(&format!("rds:{action} on "))
                .says("Check the credentials")
                .says("temporary ones may have expired");
            assert_eq!(stand_in.calls_of(action), 1);
            stand_in.forget_faults();
            stand_in.forget_calls();
        };
        // The change itself: nothing is done, and nothing recorded.
        stand_in.fault(kind.modify(), "expired-token", 1000);
        expired(workspace.apply().failure(), kind.modify());
        assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
        assert_eq!(workspace.state(ADDRESS), None);

        workspace.apply().success();
        stand_in.forget_calls();
        stand_in.fault(kind.describe_parameters(), "expired-token", 1000);
        expired(workspace.plan().failure(), kind.describe_parameters());

        stand_in.fault(kind.reset(), "expired-token", 1000);
        expired(workspace.destroy().failure(), kind.reset());
        assert_eq!(stand_in.value(kind).as_deref(), Some("1"));
        assert!(workspace.state(ADDRESS).is_some());
    }
}

#[test]
fn faults_credentials_that_expire_during_the_wait_leave_the_change_recorded() {
    let kind = Kind::Cluster;
    let stand_in = StandIn::with_kind(kind);
    let workspace = workspace(&stand_in, kind, "");
    // The members' own statuses are read in the wait alone.
    stand_in.fault("DescribeDBInstances", "expired-token", 1000);
    workspace
        .apply()
        .success()
        .says("Parameter Not Known To Be In Effect")
        .says("rds.iam_auth_for_replication is set in the DB cluster parameter group")
        .says("ExpiredToken")
        .says("temporary ones may have expired");
    assert_eq!(stand_in.calls_of("DescribeDBInstances"), 1);
    assert_eq!(stand_in.calls_of(kind.modify()), 1);
    assert!(!workspace.state_text().contains("tainted"));
    stand_in.forget_faults();
    workspace.plan().empty();
    write(&workspace, kind, "enabled = false");
    stand_in.fault("DescribeDBInstances", "expired-token", 1000);
    // An update may fail and still record what it did.
    workspace.apply().failure().says("ExpiredToken");
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["enabled"], false);
    stand_in.forget_faults();
    workspace.plan().empty();
}

#[test]
fn faults_member_stuck_in_applying_is_named_by_the_update_and_by_later_plans() {
    let kind = Kind::Instance;
    let stand_in = StandIn::with_kind(kind);
    let workspace = workspace(&stand_in, kind, "enabled = false");
    workspace.apply().success();
    stand_in.apply_in(kind, 600);
    write(&workspace, kind, "timeouts {\n  update = \"3s\"\n}");
    workspace
        .apply()
        .failure()
        .says("Parameter Not Known To Be In Effect")
        .says("timed out after")
        .says("billing (applying)")
        .says("The next plan looks again");
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["enabled"], true);
    stand_in.forget_calls();
    // The change is made: what is left is to see it through.
    workspace
        .apply()
        .success()
        .says("billing (applying)")
        .says("0 added, 0 changed, 0 destroyed");
    assert_eq!(stand_in.calls_of(kind.modify()), 0);
    stand_in.apply_in(kind, 0);
    stand_in.reboot(kind);
    workspace.plan().empty().does_not_say("(applying)");
}

#[cfg(unix)]
#[test]
fn faults_interrupt_during_the_wait_of_an_update_is_recorded() {
    let kind = Kind::Instance;
    let stand_in = StandIn::with_kind(kind);
    let workspace = workspace(&stand_in, kind, "enabled = false");
    workspace.apply().success();
    stand_in.apply_in(kind, 600);
    write(&workspace, kind, "");
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the change", || {
        stand_in.value(kind).as_deref() == Some("1")
    });
    let interrupted = Instant::now();
    crate::support::process::send("INT", cli.id());
    let output = cli.wait_with_output().expect("the CLI ends");
    assert!(interrupted.elapsed().as_secs() < 30);
    assert!(!output.status.success());
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(shown.contains("was interrupted"), "{shown}");
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["enabled"], true);
    workspace.plan().empty().says("billing (applying)");
}
