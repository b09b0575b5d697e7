//! One provider block, many databases: `rdsiam_replication_user` with a cluster or instance of its
//! own.

use std::time::{Duration, Instant};

use rds_emulator::Options;
use serde_json::Value;

use crate::support::{StandIn, Workspace, any_major, eventually};

const ADDRESS: &str = "rdsiam_replication_user.this";

/// Clusters that one host to connect to leads to.
fn stand_in(clusters: &[&str]) -> StandIn {
    StandIn::with_options(Options {
        postgres: any_major(),
        clusters: clusters.iter().map(|name| (*name).to_owned()).collect(),
        own_ports: true,
        ..Options::default()
    })
}

/// A provider block whose `postgres` block names no database.
fn defaults(stand_in: &StandIn) -> String {
    format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    connect_host = \"127.0.0.1\"\n    sslrootcert = {:?}\n  }}\n}}\n",
        stand_in.connection().ca_file
    )
}

fn user(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_user\" \"this\" {{\n  {arguments}\n}}\n")
}

/// A user in each of the given clusters.
fn users(clusters: &[&str]) -> String {
    user(&format!(
        "for_each           = toset({clusters:?})\n  cluster_identifier = each.key\n  name               = \"cdc\""
    ))
}

fn memberships(stand_in: &StandIn, cluster: &str) -> Vec<Option<String>> {
    let url = &stand_in.cluster_named(cluster).superuser_url;
    let sql = "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
               JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = 'cdc' AND r.rolname ~ '^rds_' ORDER BY 1";
    stand_in.sql_at(url, sql).into_iter().flatten().collect()
}

fn granted() -> Vec<Option<String>> {
    vec![
        Some("rds_iam".to_owned()),
        Some("rds_replication".to_owned()),
    ]
}

#[test]
fn users_of_many_clusters_need_one_provider_block() {
    let clusters = ["orders", "billing", "stock", "audit"];
    let stand_in = stand_in(&clusters);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(defaults(&stand_in) + &users(&clusters)));
    workspace.apply().success();
    for cluster in clusters {
        assert_eq!(memberships(&stand_in, cluster), granted(), "{cluster}");
    }
    let state = workspace
        .state("rdsiam_replication_user.this[\"billing\"]")
        .expect("a state");
    assert_eq!(state["id"], "cluster:billing/cdc");

    stand_in.forget_calls();
    let connections = || clusters.map(|name| stand_in.traffic_of(name).all_connections());
    let before = connections();
    workspace.plan().empty();
    assert_eq!(connections(), before.map(|connections| connections + 1));
    // One by name, and once it is clear that there are more, all of them at once.
    assert_eq!(stand_in.calls().get("DescribeDBClusters"), Some(&2));

    workspace.destroy().success();
    for cluster in clusters {
        assert!(!memberships(&stand_in, cluster).contains(&granted()[0]));
    }
}

#[test]
fn users_of_a_database_that_is_down_fail_alone() {
    let clusters = ["orders", "billing"];
    let stand_in = stand_in(&clusters);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(defaults(&stand_in) + &users(&clusters)));
    stand_in.control("POST", "/clusters/billing/stop", &Value::Null);
    // A cluster that is stopped does not come back by itself, whatever an apply may wait for otherwise.
    let since = Instant::now();
    workspace
        .apply()
        .failure()
        .says("billing")
        .says("is stopped");
    assert!(since.elapsed() < Duration::from_secs(60));
    assert_eq!(memberships(&stand_in, "orders"), granted());
    assert!(
        workspace
            .state("rdsiam_replication_user.this[\"orders\"]")
            .is_some()
    );
    assert!(
        workspace
            .state("rdsiam_replication_user.this[\"billing\"]")
            .is_none()
    );
}

#[test]
fn user_of_another_cluster_than_the_providers_goes_there_without_its_tunnel() {
    let stand_in = stand_in(&["orders", "billing"]);
    let workspace = Workspace::new(&stand_in);
    let elsewhere = user("cluster_identifier = \"billing\"\n  name = \"cdc\"");
    workspace.write(&(stand_in.provider_with("connect_timeout = 1") + &elsewhere));
    // The tunnel to `orders` leads to no other database, whose name means nothing here.
    workspace.apply().failure().says("billing.cluster-");
    assert!(!memberships(&stand_in, "billing").contains(&granted()[0]));
    assert!(!memberships(&stand_in, "orders").contains(&granted()[0]));
}

#[test]
fn user_named_by_its_cluster_after_the_providers_default_changes_nothing() {
    let stand_in = stand_in(&["orders", "billing"]);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(stand_in.provider() + &user("name = \"cdc\"")));
    workspace.apply().success();
    workspace.write(
        &(stand_in.provider()
            + &user(
                "name = \"cdc\"\n  cluster_identifier = \"Orders\"\n  region = \"eu-central-1\"",
            )),
    );
    workspace.plan().changes().says("0 to add, 1 to change");
    let before = stand_in.traffic().statements;
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .success();
    assert_eq!(stand_in.traffic().statements, before);
    workspace.plan().empty();

    workspace.write(
        &(defaults(&stand_in) + &user("name = \"cdc\"\n  cluster_identifier = \"billing\"")),
    );
    workspace
        .plan()
        .changes()
        .says("must be replaced")
        .says("1 to add, 0 to change, 1 to destroy");
    workspace.apply().success();
    assert!(!memberships(&stand_in, "orders").contains(&granted()[0]));
    assert_eq!(memberships(&stand_in, "billing"), granted());
}

#[test]
fn user_of_an_instance_or_cluster_is_imported_by_what_it_is() {
    let stand_in = StandIn::with_options(Options {
        postgres: any_major(),
        instances: vec!["legacy".to_owned()],
        own_ports: true,
        ..Options::default()
    });
    let workspace = Workspace::new(&stand_in);
    for (argument, kind, identifier) in [
        ("db_instance_identifier", "instance", "legacy"),
        ("cluster_identifier", "cluster", "orders"),
    ] {
        workspace.write(
            &(defaults(&stand_in)
                + &user(&format!("{argument} = {identifier:?}\n  name = \"cdc\""))),
        );
        workspace.apply().success();
        workspace.run(&["state", "rm", ADDRESS]).success();
        // Without the kind, as earlier versions of the provider wrote ids, it is looked up.
        for id in [
            format!("{kind}:{identifier}/cdc"),
            format!("{kind}:{identifier}@eu-central-1/cdc"),
            format!("{identifier}/cdc"),
            format!("{identifier}@eu-central-1/cdc"),
        ] {
            workspace.run(&["import", ADDRESS, &id]).success();
            let state = workspace.state(ADDRESS).expect("a state");
            assert_eq!(state[argument], identifier);
            assert_eq!(state["id"], format!("{kind}:{identifier}/cdc"));
            workspace.run(&["state", "rm", ADDRESS]).success();
        }
        workspace
            .run(&["import", ADDRESS, &format!("{identifier}/cdc")])
            .success();
        workspace.plan().empty();
        workspace.destroy().success();
    }
    workspace
        .run(&["import", ADDRESS, "nowhere/cdc"])
        .failure()
        .says("no DB cluster \"nowhere\" and no DB instance \"nowhere\"");
    workspace
        .run(&["import", ADDRESS, "instance:orders/cdc"])
        .failure()
        .says("no DB instance \"orders\" in");
    workspace
        .run(&["import", ADDRESS, "db.example.com:5432/cdc"])
        .failure()
        .says("Only the provider block can name a host");
}

#[test]
fn user_in_another_region_than_the_providers_is_looked_up_there() {
    let stand_in = StandIn::with_options(Options {
        postgres: any_major(),
        region: "eu-west-1".to_owned(),
        own_ports: true,
        ..Options::default()
    });
    let mut workspace = Workspace::new(&stand_in);
    workspace.set_environment("AWS_REGION", "eu-central-1");
    let both = |region: &str| {
        format!(
            "{}{}resource \"rdsiam_replication_parameter\" \"this\" {{\n  cluster_identifier = \"orders\"\n  \
             {region}\n}}\n",
            defaults(&stand_in),
            user(&format!(
                "cluster_identifier = \"orders\"\n  name = \"cdc\"\n  {region}"
            )),
        )
    };
    workspace.write(&both(""));
    // The stand-in serves one Region, and says so of any other.
    workspace.apply().failure().says("'eu-central-1'");
    workspace.write(&both("region = \"eu-west-1\""));
    workspace.apply().success();
    assert_eq!(memberships(&stand_in, "orders"), granted());
    workspace.plan().empty();
    for (address, id) in [
        (ADDRESS, "cluster:orders@eu-west-1/cdc"),
        (
            "rdsiam_replication_parameter.this",
            "cluster/orders@eu-west-1",
        ),
    ] {
        workspace.run(&["state", "rm", address]).success();
        workspace.run(&["import", address, id]).success();
    }
    workspace.plan().empty();

    workspace.write(&(defaults(&stand_in) + &user("name = \"cdc\"\n  region = \"eu-west-1\"")));
    workspace.plan().failure().says("Region Of Nothing");
    workspace.write(
        &(defaults(&stand_in)
            + &user("name = \"cdc\"\n  cluster_identifier = \"orders\"\n  region = \"Ireland\"")),
    );
    workspace.plan().failure().says("must be an AWS Region");
}

#[test]
fn user_of_a_cluster_that_is_not_known_before_apply_is_planned() {
    let stand_in = stand_in(&["orders"]);
    let workspace = Workspace::new(&stand_in);
    workspace.write(
        &(defaults(&stand_in)
            + "resource \"terraform_data\" \"cluster\" {\n  input = \"orders\"\n}\n"
            + &user("name = \"cdc\"\n  cluster_identifier = terraform_data.cluster.output")),
    );
    workspace.plan().changes();
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(memberships(&stand_in, "orders"), granted());
}

#[test]
fn connection_that_nobody_uses_is_closed_while_the_run_goes_on() {
    let stand_in = stand_in(&["orders", "billing"]);
    let workspace = Workspace::new(&stand_in);
    // The second user waits for something that takes longer than an idle connection is kept.
    workspace.write(
        &(defaults(&stand_in)
            + &user("name = \"cdc\"\n  cluster_identifier = \"orders\"")
            + "resource \"terraform_data\" \"slow\" {\n  depends_on = [rdsiam_replication_user.this]\n  \
               provisioner \"local-exec\" {\n    command = \"while [ ! -e done ]; do sleep 0.1; done\"\n  }\n}\n"
            + "resource \"rdsiam_replication_user\" \"late\" {\n  name = \"cdc\"\n  cluster_identifier = \"billing\"\n  \
               depends_on = [terraform_data.slow]\n}\n"),
    );
    let connections = || {
        stand_in
            .sql_value(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'terraform-provider-rdsiam'",
            )
            .expect("a count")
    };
    let mut apply = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the user is granted", || {
        memberships(&stand_in, "orders") == granted()
    });
    eventually("its connection is closed", || connections() == "0");
    let still_running = apply.try_wait().expect("the CLI can be asked");
    std::fs::write(workspace.path().join("done"), "").expect("the file can be written");
    assert!(still_running.is_none(), "the apply ended too early");
    assert!(apply.wait().expect("the CLI ends").success());
    assert_eq!(memberships(&stand_in, "billing"), granted());
}

#[test]
fn user_of_an_instance_is_not_taken_for_one_of_a_cluster_of_the_same_name() {
    let stand_in = StandIn::with_options(Options {
        postgres: any_major(),
        clusters: Vec::new(),
        instances: vec!["orders".to_owned()],
        own_ports: true,
        ..Options::default()
    });
    let url = stand_in.instance().superuser_url.clone();
    let is_granted = || {
        let sql = "SELECT count(*) FROM pg_auth_members WHERE pg_get_userbyid(member) = 'cdc' \
                   AND pg_get_userbyid(roleid) = 'rds_iam'";
        stand_in.sql_at(&url, sql)[0][0].as_deref() == Some("1")
    };
    let workspace = Workspace::new(&stand_in);
    let write = |argument: &str| {
        let arguments = format!("name = \"cdc\"\n  {argument} = \"orders\"");
        workspace.write(&(defaults(&stand_in) + &user(&arguments)));
    };
    write("db_instance_identifier");
    workspace.apply().success();
    assert!(is_granted());
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["id"], "instance:orders/cdc");
    // An id of an earlier version of the provider has no kind: the argument says it.
    for older in [false, true] {
        if older {
            let text = workspace.state_text();
            let text = text.replace("instance:orders/cdc", "orders/cdc");
            std::fs::write(workspace.path().join("terraform.tfstate"), text)
                .expect("the state can be written");
        }
        write("cluster_identifier");
        workspace
            .run(&["plan", "-refresh=false"])
            .success()
            .says("1 to add, 0 to change, 1 to destroy");
    }
    // What was granted on the instance is taken back there. The cluster is nowhere, and is not taken for it.
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure()
        .says("There is no DB cluster \"orders\"");
    assert!(!is_granted());
}
