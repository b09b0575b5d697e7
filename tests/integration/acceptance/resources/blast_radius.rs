//! Whom a planned change reaches: said in the plan that changes something, and only there.

use rstest_reuse::apply;
use serde_json::Value;
use tokio_postgres::NoTls;

use crate::support::{StandIn, Workspace, any_major, eventually, on_both_sides_of_16};

const BY_CLUSTER: &str = "cluster_identifier = \"orders\"";

fn parameter(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_parameter\" \"this\" {{\n  {arguments}\n}}\n")
}

fn user(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_user\" \"this\" {{\n  {arguments}\n}}\n")
}

fn workspace(configuration: &str, stand_in: &StandIn) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(configuration);
    workspace
}

#[apply(on_both_sides_of_16)]
fn parameter_to_change_names_every_login_with_its_path_its_stream_and_its_slot(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE team; GRANT rds_iam TO team; GRANT team TO cdc; \
         CREATE ROLE \"quo\"\"ted\" LOGIN REPLICATION; GRANT rds_iam TO \"quo\"\"ted\"; \
         CREATE ROLE reader LOGIN; GRANT rds_iam TO reader",
    );
    stand_in.sql("SELECT pg_create_logical_replication_slot('idle_slot', 'pgoutput')");
    let stream = stand_in.stream("orders_slot");
    let configuration = stand_in.provider() + &parameter(BY_CLUSTER);
    let workspace = workspace(&configuration, &stand_in);
    workspace
        .plan()
        .changes()
        .says("Replication Logins Will Need IAM Tokens")
        .says("- cdc -> team -> rds_iam: streams now, process")
        .says("slot \"orders_slot\" (retains")
        .says("- quo\"ted -> rds_iam (REPLICATION attribute alone")
        .says("\"idle_slot\" (retains")
        .does_not_say("reader");
    stand_in
        .block_on(stream.close())
        .expect("the stream can be ended");
    workspace.apply().success();
    let before = stand_in.traffic().all_connections();
    workspace.plan().empty().does_not_say("Replication Logins");
    assert_eq!(stand_in.traffic().all_connections(), before);

    workspace
        .run(&["plan", "-destroy"])
        .success()
        .says("Replication Logins Will Need Passwords");
    workspace
        .write(&(stand_in.provider() + &parameter(&format!("{BY_CLUSTER}\n  enabled = false"))));
    workspace
        .plan()
        .changes()
        .says("Replication Logins Will Need Passwords")
        .says("- cdc -> team -> rds_iam");
}

#[test]
fn parameter_of_whoever_named_no_database_looks_at_none() {
    let stand_in = StandIn::with_clusters(any_major(), &["orders", "billing"]);
    stand_in.sql("GRANT rds_iam TO cdc");
    let before = stand_in.traffic().all_connections();
    workspace(&parameter(BY_CLUSTER), &stand_in)
        .plan()
        .changes()
        .does_not_say("Replication Logins");
    // A provider that names another cluster does not look either.
    let of_billing =
        stand_in.provider_of("cluster_identifier", stand_in.cluster_named("billing"), "");
    workspace(&(of_billing + &parameter(BY_CLUSTER)), &stand_in)
        .plan()
        .changes()
        .does_not_say("Replication Logins");
    assert_eq!(stand_in.traffic().all_connections(), before);
    // By its endpoint, it is the same database.
    let host = stand_in.cluster().host.clone();
    let by_host = stand_in.provider_with("username = \"master\"").replace(
        "cluster_identifier = \"orders\"",
        &format!("host = {host:?}"),
    );
    let mut by_host = workspace(&(by_host + &parameter(BY_CLUSTER)), &stand_in);
    by_host.set_environment("PGPASSWORD", &stand_in.cluster().master_password);
    by_host.plan().changes().says("- cdc -> rds_iam");
}

#[test]
fn parameter_of_a_group_that_others_use_names_them_and_refuses_those_not_expected() {
    let stand_in = StandIn::with_clusters(any_major(), &["orders", "billing"]);
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.attach_cluster_group("billing", &group);
    eventually("billing is available again", || {
        let described = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
        let described = described.expect("clusters can be described");
        described
            .db_clusters()
            .iter()
            .all(|cluster| cluster.status() == Some("available"))
    });
    for named in [
        BY_CLUSTER.to_owned(),
        format!("db_cluster_parameter_group_name = {group:?}"),
    ] {
        let workspace = workspace(&parameter(&named), &stand_in);
        workspace
            .plan()
            .changes()
            .says("Warning: Parameter Group Shared")
            .says("billing");
        workspace.write(&parameter(&format!(
            "{named}\n  expected_cluster_identifiers = [\"orders\"]"
        )));
        stand_in.forget_calls();
        workspace
            .apply()
            .failure()
            .says("Error: Create Replication Parameter: Unexpected Users")
            .says("billing");
        assert!(
            !stand_in
                .calls()
                .contains_key("ModifyDBClusterParameterGroup")
        );

        let expected = |identifiers: &str| {
            parameter(&format!(
                "{named}\n  wait_for_in_sync = false\n  expected_cluster_identifiers = [{identifiers}]"
            ))
        };
        workspace.write(&expected("\"orders\", \"Billing\""));
        workspace
            .apply()
            .success()
            .does_not_say("Parameter Group Shared");
        workspace.plan().empty();
        // Arguments that only say how to behave are no change of the parameter.
        workspace.write(&expected("\"orders\""));
        workspace.apply().success();
        workspace.destroy().failure().says("Unexpected Users");
        assert_eq!(stand_in.parameter().as_deref(), Some("1"));
        workspace.write(&expected("\"orders\", \"billing\""));
        workspace.apply().success();
        workspace.destroy().success();
    }
}

#[apply(on_both_sides_of_16)]
fn user_to_be_granted_rds_iam_names_the_sessions_that_its_password_has(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE streams LOGIN PASSWORD 'p'; CREATE ROLE \"batch job\" LOGIN PASSWORD 'p' IN ROLE streams",
    );
    let configuration =
        stand_in.provider() + &user("name = \"streams\"\n  allow_iam_for = [\"batch job\"]");
    let workspace = workspace(&configuration, &stand_in);
    let mut session: tokio_postgres::Config = stand_in
        .cluster()
        .superuser_url
        .parse()
        .expect("the URL is one");
    session
        .user("batch job")
        .password("p")
        .application_name("nightly");
    let _clients: Vec<_> = (0..2)
        .map(|_| {
            stand_in.block_on(async {
                let (client, connection) = session.connect(NoTls).await.expect("it can log in");
                tokio::spawn(connection);
                client
            })
        })
        .collect();
    workspace
        .plan()
        .changes()
        .says("Warning: Password Logins To End")
        .says("- \"streams\": no session now")
        .says("- \"batch job\": 2 sessions now, 2 in \"shop\" of \"nightly\"");
    workspace.apply().success();
    workspace
        .plan()
        .empty()
        .does_not_say("Password Logins To End");
    stand_in.sql("SET ROLE master; REVOKE rds_iam FROM streams");
    workspace.plan().changes().says("Password Logins To End");
    // Who is in it by another way loses nothing more.
    stand_in.sql("CREATE ROLE all_iam; GRANT rds_iam TO all_iam; GRANT all_iam TO streams");
    workspace
        .plan()
        .changes()
        .does_not_say("Password Logins To End");
}

#[test]
fn user_that_is_not_there_yet_has_no_login_to_end() {
    let stand_in = StandIn::start(any_major());
    for arguments in [
        "name = \"fresh\"\n  create_role = true",
        "name = \"cdc\"\n  rds_iam = false",
    ] {
        workspace(&(stand_in.provider() + &user(arguments)), &stand_in)
            .plan()
            .changes()
            .does_not_say("Password Logins To End");
    }
}

#[test]
fn server_that_is_down_is_a_warning_at_the_plan_of_what_is_new() {
    let stand_in = StandIn::start(any_major());
    let configuration = stand_in.provider_with("connect_timeout = 1")
        + &parameter(BY_CLUSTER)
        + &user("name = \"cdc\"");
    let workspace = workspace(&configuration, &stand_in);
    stand_in.control("POST", "/clusters/orders/stop", &Value::Null);
    workspace
        .plan()
        .changes()
        .says("Warning: Look At Sessions")
        .says("Warning: Prerequisite Not Met: status");
}

#[test]
fn plan_of_many_changes_contacts_each_thing_once() {
    let stand_in = StandIn::start(any_major());
    let users = 20;
    for number in 0..users {
        stand_in.sql(&format!(
            "CREATE ROLE app_{number} LOGIN; GRANT rds_replication TO app_{number}"
        ));
    }
    let configuration = stand_in.provider()
        + &parameter(BY_CLUSTER)
        + &user(&format!(
            "count = {users}\n  name = \"app_${{count.index}}\""
        ));
    let workspace = workspace(&configuration, &stand_in);
    let before = stand_in.traffic();
    stand_in.forget_calls();
    workspace.plan().changes();
    let after = stand_in.traffic();
    assert_eq!(after.all_connections() - before.all_connections(), 1);
    // Set-up and end, the catalog, and who is connected.
    let round_trips = after.round_trips - before.round_trips;
    assert!((1..=4).contains(&round_trips), "{round_trips}");
    let calls = stand_in.calls();
    assert!(calls["DescribeDBClusters"] <= 2, "{calls:?}");
    assert_eq!(calls["DescribeDBClusterParameters"], 1, "{calls:?}");
}
