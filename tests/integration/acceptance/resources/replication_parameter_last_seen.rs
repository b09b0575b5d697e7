//! `rdsiam_replication_parameter` from a shell with another Region or other credentials: what is not found there
//! is not gone, and what has the same name there is another object.

use rds_emulator::Options;

use crate::support::{Kind, StandIn, Workspace};

const ADDRESS: &str = "rdsiam_replication_parameter.this";
const HOME: (&str, &str) = ("eu-central-1", "123456789012");
const ELSEWHERE: [(&str, &str); 2] = [
    ("us-east-1", "123456789012"),
    ("eu-central-1", "210987654321"),
];

fn stand_in((region, account_id): (&str, &str), cluster: &str) -> StandIn {
    StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec![cluster.to_owned()],
        region: region.to_owned(),
        account_id: account_id.to_owned(),
        ..Options::default()
    })
}

fn place((region, account_id): (&str, &str)) -> String {
    format!("the Region {region} of the account {account_id}")
}

fn group_of_orders(stand_in: &StandIn) -> String {
    let described = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
    let described = described.expect("clusters can be described");
    let group = described.db_clusters()[0].db_cluster_parameter_group();
    group.expect("a cluster has a group").to_owned()
}

/// The resource, named by its cluster and by its group.
fn both_ways(home: &StandIn) -> [String; 2] {
    [
        "cluster_identifier = \"orders\"".to_owned(),
        format!(
            "db_cluster_parameter_group_name = {:?}",
            group_of_orders(home)
        ),
    ]
}

fn write(workspace: &Workspace, arguments: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  wait_for_in_sync = false\n  {arguments}\n}}\n"
    ));
}

#[test]
fn parameter_that_is_not_in_another_region_or_account_is_not_gone() {
    let home = stand_in(HOME, "orders");
    for there in ELSEWHERE {
        let elsewhere = stand_in(there, "other");
        for arguments in both_ways(&home) {
            let mut workspace = Workspace::new(&home);
            write(&workspace, &arguments);
            workspace.apply().success();
            workspace.point_at(&elsewhere);
            for arguments in [
                ["plan"].as_slice(),
                &["destroy", "-auto-approve"],
                &["destroy", "-auto-approve", "-refresh=false"],
            ] {
                workspace
                    .run(arguments)
                    .failure()
                    .says(&place(HOME))
                    .says(&place(there))
                    .says("terraform state rm");
            }
            workspace.point_at(&home);
            assert!(workspace.state(ADDRESS).is_some());
            workspace.plan().empty();
            workspace.destroy().success();
            let group = group_of_orders(&home);
            assert_ne!(home.value_in(Kind::Cluster, &group).as_deref(), Some("1"));
        }
    }
}

#[test]
fn parameter_of_a_namesake_in_another_region_or_account_is_never_changed() {
    let home = stand_in(HOME, "orders");
    for there in ELSEWHERE {
        let elsewhere = stand_in(there, "orders");
        let group = group_of_orders(&elsewhere);
        elsewhere.set_value_in(Kind::Cluster, &group, "1");
        for arguments in both_ways(&home) {
            let mut workspace = Workspace::new(&home);
            write(&workspace, &arguments);
            workspace.apply().success();
            workspace.point_at(&elsewhere);
            elsewhere.forget_calls();
            write(&workspace, &format!("{arguments}\n  enabled = false"));
            for arguments in [
                ["plan"].as_slice(),
                &["apply", "-auto-approve", "-refresh=false"],
                &["destroy", "-auto-approve"],
                &["destroy", "-auto-approve", "-refresh=false"],
            ] {
                workspace
                    .run(arguments)
                    .failure()
                    .says(&place(HOME))
                    .says(&place(there))
                    .says("another one of the same name");
            }
            assert_eq!(elsewhere.calls_of(Kind::Cluster.modify()), 0);
            assert_eq!(elsewhere.calls_of(Kind::Cluster.reset()), 0);
            workspace.point_at(&home);
            workspace.destroy().success();
        }
    }
}

#[test]
fn parameter_named_by_its_group_is_told_apart_where_the_credentials_are_not_checked() {
    let home = stand_in(HOME, "orders");
    let [_, by_group] = both_ways(&home);
    let mut workspace = Workspace::new(&home);
    let provider = "provider \"rdsiam\" {\n  skip_credentials_validation = true\n}\n";
    workspace.write(&format!(
        "{provider}resource \"rdsiam_replication_parameter\" \"this\" {{\n  wait_for_in_sync = false\n  \
         {by_group}\n}}\n"
    ));
    workspace.apply().success();
    workspace.plan().empty();
    for (there, cluster, says) in [
        (ELSEWHERE[1], "orders", "another one of the same name"),
        (ELSEWHERE[1], "other", "does not say that it is gone"),
    ] {
        let elsewhere = stand_in(there, cluster);
        workspace.point_at(&elsewhere);
        workspace
            .plan()
            .failure()
            .says(&place(HOME))
            .says(&place(there))
            .says(says);
    }
    // Where policies deny both ways to learn the account, what is found is read all the same.
    workspace.point_at(&home);
    home.deny("GetCallerIdentity", "*");
    home.deny(Kind::Cluster.describe_groups(), "*");
    workspace.plan().empty();
    home.forget_faults();
    // Where the account cannot be learned, nothing is gone either.
    let elsewhere = stand_in(ELSEWHERE[1], "other");
    workspace.point_at(&elsewhere);
    elsewhere.fault("GetCallerIdentity", "access-denied", 10);
    workspace
        .plan()
        .failure()
        .says(&place(HOME))
        .says("GetCallerIdentity");
}

#[test]
fn parameter_of_a_state_that_does_not_say_where_it_was_seen_is_not_gone() {
    let home = stand_in(HOME, "orders");
    let elsewhere = stand_in(ELSEWHERE[0], "other");
    for arguments in both_ways(&home) {
        let mut workspace = Workspace::new(&home);
        write(&workspace, &arguments);
        workspace.apply().success();
        workspace.forget_private_data();
        workspace.point_at(&elsewhere);
        workspace
            .plan()
            .failure()
            .says("does not say in which account and Region")
            .says("terraform state rm");
        workspace.destroy().failure();
        // A refresh where it is records that.
        workspace.point_at(&home);
        workspace.plan().empty();
        workspace
            .run(&["apply", "-refresh-only", "-auto-approve"])
            .success();
        workspace.point_at(&elsewhere);
        workspace.plan().failure().says(&place(HOME));
        workspace.point_at(&home);
        workspace.destroy().success();
    }
}

#[test]
fn parameter_to_import_that_is_nowhere_does_not_exist() {
    let home = stand_in(HOME, "orders");
    let workspace = Workspace::new(&home);
    for (arguments, id) in [
        ("cluster_identifier = \"nowhere\"", "cluster/nowhere"),
        (
            "db_cluster_parameter_group_name = \"nowhere\"",
            "cluster-parameter-group/nowhere",
        ),
    ] {
        write(&workspace, arguments);
        workspace
            .run(&["import", ADDRESS, id])
            .failure()
            .says("Cannot import non-existent remote object");
    }
}

#[test]
fn parameter_that_was_imported_is_known_where_it_is() {
    let home = stand_in(HOME, "orders");
    let elsewhere = stand_in(ELSEWHERE[1], "other");
    let mut workspace = Workspace::new(&home);
    write(&workspace, "cluster_identifier = \"orders\"");
    workspace
        .run(&["import", ADDRESS, "cluster/orders"])
        .success();
    workspace.point_at(&elsewhere);
    workspace
        .plan()
        .failure()
        .says(&place(HOME))
        .says(&place(ELSEWHERE[1]));
}
