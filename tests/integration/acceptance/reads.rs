//! A read is never older than a write of the same run, by whatever name each of them reached the
//! database.

use rds_emulator::Options;

use crate::support::{StandIn, Workspace, any_major};

/// A stand-in whose cluster can be reached by each of its names.
fn stand_in() -> StandIn {
    StandIn::with_options(Options {
        postgres: any_major(),
        own_ports: true,
        ..Options::default()
    })
}

fn arn(stand_in: &StandIn) -> String {
    let clusters = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
    clusters
        .expect("they can be described")
        .db_clusters()
        .first()
        .and_then(|cluster| cluster.db_cluster_arn().map(str::to_owned))
        .expect("there is a cluster")
}

/// The members of `rds_iam` that a data source has read.
fn members(workspace: &Workspace, data: &str) -> Vec<String> {
    let state = workspace.state(&format!("data.rdsiam_replication_users.{data}"));
    let users = state.expect("it is in the state")["users"].clone();
    let users = users.as_array().expect("a list").iter();
    users
        .filter(|user| user["normal_authentication"] == "iam")
        .filter_map(|user| user["name"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn reads_after_each_write_of_one_run_show_it_by_another_name_of_the_cluster_too() {
    let stand_in = stand_in();
    stand_in.sql("CREATE ROLE first LOGIN; CREATE ROLE second LOGIN; CREATE ROLE third LOGIN");
    let arn = arn(&stand_in);
    // Each step waits for the one before it: all are done by one process, within a snapshot's life.
    let user = |name: &str, cluster: &str, after: &str| {
        format!(
            "resource \"rdsiam_replication_user\" \"{name}\" {{\n  cluster_identifier = \"{cluster}\"\n  \
             name = \"{name}\"\n  probe_authentication = false\n  depends_on = [{after}]\n}}\n"
        )
    };
    let read = |name: &str, after: &str| {
        format!(
            "data \"rdsiam_replication_users\" \"{name}\" {{\n  cluster_identifier = \"orders\"\n  \
             depends_on = [rdsiam_replication_user.{after}]\n}}\n"
        )
    };
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    connect_host = \"127.0.0.1\"\n    sslrootcert = {:?}\n  }}\n}}\n\
         {}{}{}{}{}{}",
        stand_in.connection().ca_file,
        user("first", "orders", ""),
        read("after_first", "first"),
        user("second", &arn, "data.rdsiam_replication_users.after_first"),
        read("after_second", "second"),
        user("third", "orders", "data.rdsiam_replication_users.after_second"),
        read("after_third", "third"),
    ));
    workspace.apply().success();
    assert_eq!(members(&workspace, "after_first"), ["first"]);
    assert_eq!(members(&workspace, "after_second"), ["first", "second"]);
    assert_eq!(
        members(&workspace, "after_third"),
        ["first", "second", "third"]
    );
}
