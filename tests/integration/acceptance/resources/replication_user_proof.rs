//! What the server demands after a change, beside what the catalog and the parameter imply.

use serde_json::json;

use crate::support::{PARAMETER, StandIn, Workspace, any_major, eventually};

const ADDRESS: &str = "rdsiam_replication_user.this";
const DISAGREES: &str = "Authentication Not As Expected";
const NOT_PROVEN: &str = "Authentication Not Proven";

fn resource(arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"app\"\n  {arguments}\n}}\n"
    )
}

/// A provider block that knows the server by its host alone, so that AWS is not asked.
fn by_host(stand_in: &StandIn, host: &str, sslmode: &str) -> String {
    let cluster = stand_in.cluster();
    format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    host = {host:?}\n    port = {}\n    connect_host = {:?}\n    \
         connect_port = {}\n    sslmode = {sslmode:?}\n    sslrootcert = {:?}\n    username = {:?}\n    \
         password = {:?}\n  }}\n}}\n",
        cluster.port,
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file,
        cluster.master_username,
        cluster.master_password,
    )
}

fn is_running(stand_in: &StandIn, value: &str) -> bool {
    stand_in.sql_value(&format!("SHOW {PARAMETER}")).as_deref() == Some(value)
}

/// Without IAM database authentication a replication connection uses its password, whatever the
/// parameter says. Only AWS knows of that.
fn disable_iam(stand_in: &StandIn) {
    stand_in.set_parameter("1");
    eventually("the parameter", || is_running(stand_in, "on"));
    stand_in.block_on(async {
        stand_in
            .rds()
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .enable_iam_database_authentication(false)
            .apply_immediately(true)
            .send()
            .await
            .expect("IAM can be disabled");
    });
    eventually("the end of IAM", || {
        let described = stand_in.block_on(async {
            let clusters = stand_in.rds().describe_db_clusters().send().await;
            clusters.expect("the cluster can be described").db_clusters
        });
        let clusters = described.unwrap_or_default();
        clusters[0].iam_database_authentication_enabled == Some(false)
            && clusters[0].status.as_deref() == Some("available")
    });
}

#[test]
fn proof_waits_for_a_parameter_that_is_on_its_way() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    stand_in.control(
        "POST",
        "/clusters/orders/settings",
        &json!({"apply_seconds": 4.0}),
    );
    stand_in.set_parameter("1");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(stand_in.provider() + &resource("")));
    workspace
        .apply()
        .success()
        .does_not_say(DISAGREES)
        .does_not_say(NOT_PROVEN);
    assert!(is_running(&stand_in, "on"), "the apply did not wait");
}

#[test]
fn proof_that_fails_at_creation_is_a_warning_that_shows_both_sides_and_keeps_the_state() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    disable_iam(&stand_in);
    let workspace = Workspace::new(&stand_in);
    let host = stand_in.cluster().host.clone();
    workspace.write(&(by_host(&stand_in, &host, "verify-full") + &resource("")));
    workspace
        .apply()
        .success()
        .says(DISAGREES)
        .says("on a replication connection the server demands a password, where a token is to be expected")
        .says("app -> rds_iam")
        .does_not_say("on a normal connection");
    assert!(workspace.state(ADDRESS).is_some());
    workspace.plan().empty();
}

#[test]
fn proof_that_fails_at_an_update_is_an_error_that_keeps_what_was_done() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    disable_iam(&stand_in);
    let workspace = Workspace::new(&stand_in);
    let host = stand_in.cluster().host.clone();
    let provider = by_host(&stand_in, &host, "verify-full");
    workspace.write(&(provider.clone() + &resource("rds_iam = false")));
    workspace.apply().success().does_not_say(DISAGREES);
    workspace.write(&(provider.clone() + &resource("")));
    workspace.apply().failure().says(DISAGREES);
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
    workspace.plan().empty();
    workspace.write(&(provider + &resource("probe_authentication = false")));
    workspace.apply().success();
}

#[test]
fn proof_knows_from_aws_that_iam_is_disabled() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN");
    disable_iam(&stand_in);
    let workspace = Workspace::new(&stand_in);
    let allowed = "allow_without_iam_authentication = true";
    workspace.write(&(stand_in.provider() + &resource(allowed)));
    workspace.apply().success().does_not_say(DISAGREES);
}

#[test]
fn proof_through_rds_proxy_is_not_possible_and_that_is_said_once() {
    let stand_in = StandIn::start(any_major());
    for number in 0..5 {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    }
    let workspace = Workspace::new(&stand_in);
    let proxy = "orders.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com";
    let users = "resource \"rdsiam_replication_user\" \"this\" {\n  count = 5\n  name = \"app_${count.index}\"\n}\n";
    workspace.write(&(by_host(&stand_in, proxy, "require") + users));
    let applied = workspace
        .apply()
        .success()
        .says(NOT_PROVEN)
        .says("RDS Proxy");
    assert_eq!(applied.text().matches(NOT_PROVEN).count(), 1);
    workspace.plan().empty();
}

#[test]
fn proof_of_the_attribute_alone_takes_what_the_server_demands() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app LOGIN REPLICATION");
    stand_in.set_parameter("1");
    eventually("the parameter", || is_running(&stand_in, "on"));
    let workspace = Workspace::new(&stand_in);
    let attribute = "replication_privilege = \"attribute\"";
    workspace.write(&(stand_in.provider() + &resource(attribute)));
    workspace
        .apply()
        .success()
        .does_not_say(DISAGREES)
        .does_not_say(NOT_PROVEN);
    workspace.plan().empty();
}
