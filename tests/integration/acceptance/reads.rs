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
    // Each step waits for the one before it: all are done by one process, within a snapshot's life.
    let user = |name: &str, region: &str, after: &str| {
        format!(
            "resource \"rdsiam_replication_user\" \"{name}\" {{\n  cluster_identifier = \"orders\"\n  {region}\n  \
             name = \"{name}\"\n  probe_authentication = false\n  depends_on = [{after}]\n}}\n"
        )
    };
    let read = |name: &str, after: &str| {
        format!(
            "data \"rdsiam_replication_users\" \"{name}\" {{\n  cluster_identifier = \"orders\"\n  \
             depends_on = [rdsiam_replication_user.{after}]\n}}\n"
        )
    };
    // The provider's Region is in a file, so that only AWS could tell that the other name is that of the same
    // one.
    let region = &stand_in.connection().region;
    let mut workspace = Workspace::new(&stand_in);
    let file = workspace.path().join("aws-config");
    std::fs::write(&file, format!("[default]\nregion = {region}\n"))
        .expect("a file can be written");
    workspace.unset_environment("AWS_REGION");
    workspace.unset_environment("AWS_CONFIG_FILE");
    workspace.set_environment("AWS_CONFIG_FILE", &file.display().to_string());
    let region = format!("region = {region:?}");
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    connect_host = \"127.0.0.1\"\n    sslrootcert = {:?}\n  }}\n}}\n\
         {}{}{}{}{}{}",
        stand_in.connection().ca_file,
        user("first", "", ""),
        read("after_first", "first"),
        user("second", &region, "data.rdsiam_replication_users.after_first"),
        read("after_second", "second"),
        user("third", "", "data.rdsiam_replication_users.after_second"),
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
