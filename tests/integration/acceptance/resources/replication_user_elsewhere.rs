//! A shell with another Region or account: what is not found there is not gone.

use rds_emulator::Options;

use crate::support::{
    StandIn, Workspace, any_major,
    user::{ADDRESS, workspace},
};

/// Another Region, in which there are other clusters.
fn elsewhere(cluster: &str) -> StandIn {
    StandIn::with_options(Options {
        postgres: any_major(),
        clusters: Vec::new(),
        clusters_without_server: vec![cluster.to_owned()],
        region: "us-east-1".to_owned(),
        ..Options::default()
    })
}

fn point_at(workspace: &mut Workspace, stand_in: &StandIn) {
    for (name, value) in stand_in.environment() {
        workspace.set_environment(&name, &value);
    }
}

#[test]
fn elsewhere_a_user_is_not_gone_and_its_state_is_kept() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let mut workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    let there = elsewhere("billing");
    point_at(&mut workspace, &there);
    workspace
        .plan()
        .failure()
        .says("There is no DB cluster \"orders\" in the Region us-east-1")
        .says("last seen in the Region eu-central-1 of the account 123456789012");
    workspace.destroy().failure().says("last seen in");
    workspace
        .run(&["destroy", "-auto-approve", "-refresh=false"])
        .failure()
        .says("Destroy Replication User cluster:orders/app")
        .says("last seen in");
    assert!(workspace.state(ADDRESS).is_some());
    point_at(&mut workspace, &stand_in);
    workspace.plan().empty();
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.destroy().success();
    assert_eq!(stand_in.memberships("app"), [""; 0]);
}

#[test]
fn elsewhere_a_cluster_of_the_same_name_is_another_one() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    let mut workspace = workspace(&stand_in, "app", "");
    workspace.apply().success();
    let there = elsewhere("orders");
    point_at(&mut workspace, &there);
    for arguments in [
        &["plan"][..],
        &["destroy", "-auto-approve"],
        &["destroy", "-auto-approve", "-refresh=false"],
    ] {
        workspace
            .run(arguments)
            .failure()
            .says("last seen in the Region eu-central-1 of the account 123456789012")
            .says("another one of the same name");
    }
    assert!(workspace.state(ADDRESS).is_some());
}
