//! What only newer CLIs call, driven in memory against the stand-in: identities, listings, actions.
//! How it travels is tested in `crates/tfplugin`.

use serde_json::{Value, json};
use terraform_provider_rdsiam::provider::RdsIam;
use tfplugin::testing::{ListOptions, TestProvider};

use crate::support::{StandIn, eventually};

const USER: &str = "rdsiam_replication_user";
const PARAMETER: &str = "rdsiam_replication_parameter";
const TERMINATE: &str = "rdsiam_terminate_replication_connections";

/// A provider whose `postgres` block names the first cluster.
fn provider(stand_in: &StandIn) -> TestProvider<RdsIam> {
    let connection = stand_in.connection();
    let cluster = stand_in.cluster();
    let endpoint = &connection.api_endpoint;
    let provider = TestProvider::new(RdsIam);
    let configured = stand_in.block_on(provider.configure(json!({
        "region": connection.region,
        "access_key": connection.access_key_id,
        "secret_key": connection.secret_access_key,
        "endpoints": {"rds": endpoint, "sts": endpoint, "secretsmanager": endpoint},
        "postgres": {
            "cluster_identifier": cluster.identifier,
            "connect_host": cluster.connect_host,
            "connect_port": cluster.connect_port,
            "sslrootcert": connection.ca_file,
        }
    })));
    assert!(!configured.has_errors(), "{configured:?}");
    provider
}

/// The identity of a role in the first cluster.
fn identity(stand_in: &StandIn, name: &str) -> Value {
    json!({
        "account_id": "123456789012",
        "region": stand_in.connection().region,
        "cluster_identifier": "orders",
        "name": name
    })
}

#[test]
fn identity_of_a_user_imports_it_and_names_account_and_region() {
    let stand_in = StandIn::start(15);
    let name = "team/app@eu.\"x\"";
    let ident = name.replace('"', "\"\"");
    stand_in.sql(&format!(
        "CREATE ROLE \"{ident}\" LOGIN; GRANT rds_iam, rds_replication TO \"{ident}\""
    ));
    let provider = provider(&stand_in);
    let step = stand_in.block_on(provider.import_by_identity(USER, identity(&stand_in, name)));
    let state = step.unwrap_state();
    assert_eq!(state.to_json()["id"], format!("orders/{name}"));
    // The provider's own database is named by no argument.
    assert_eq!(state.to_json()["cluster_identifier"], Value::Null);
    assert_eq!(state.to_json()["rds_iam"], true);

    let mut elsewhere = identity(&stand_in, name);
    elsewhere["account_id"] = "999999999999".into();
    let step = stand_in.block_on(provider.import_by_identity(USER, elsewhere));
    let said = format!("{:?}", step.diagnostics);
    assert!(said.contains("999999999999"), "{said}");
}

#[test]
fn identity_of_a_parameter_imports_it_as_it_is_named() {
    let stand_in = StandIn::start(15);
    stand_in.set_parameter("1");
    let provider = provider(&stand_in);
    let group = stand_in.cluster().parameter_group.clone();
    for (identity, id) in [
        (
            json!({"cluster_identifier": "orders"}),
            "cluster/orders".to_owned(),
        ),
        (
            json!({"db_cluster_parameter_group_name": group}),
            format!("cluster-parameter-group/{group}"),
        ),
    ] {
        let step = stand_in.block_on(provider.import_by_identity(PARAMETER, identity));
        let state = step.unwrap_state();
        assert_eq!(state.to_json()["id"], id);
        assert_eq!(state.to_json()["enabled"], true);
    }
    let both = json!({"cluster_identifier": "orders", "db_parameter_group_name": "g"});
    let step = stand_in.block_on(provider.import_by_identity(PARAMETER, both));
    let said = format!("{:?}", step.diagnostics);
    assert!(said.contains("exactly one"), "{said}");
}

#[test]
fn listing_of_users_leaves_out_who_is_not_ours_and_imports_what_it_lists() {
    let stand_in = StandIn::start(15);
    stand_in.sql(
        "CREATE ROLE app LOGIN; GRANT rds_iam, rds_replication TO app; CREATE ROLE other LOGIN; \
         CREATE ROLE \"half \"\"way\" LOGIN; GRANT rds_replication TO \"half \"\"way\"",
    );
    let provider = provider(&stand_in);
    let options = ListOptions {
        include_resource: true,
        limit: None,
    };
    let listing = stand_in.block_on(provider.list(USER, json!({}), options));
    assert!(
        !listing.diagnostics.has_errors(),
        "{:?}",
        listing.diagnostics
    );
    let names: Vec<&str> = listing
        .objects
        .iter()
        .map(|object| object.display_name.as_str())
        .collect();
    assert_eq!(names, ["orders/app", "orders/cdc", "orders/half \"way"]);
    let app = listing.objects[0]
        .resource
        .as_ref()
        .expect("states are wanted");
    assert_eq!(
        app.get("rds_iam").and_then(tfplugin::value::Value::as_bool),
        Some(true)
    );

    let config = json!({"name_regex": "^a", "cluster_identifier": "orders"});
    let listing = stand_in.block_on(provider.list(USER, config, ListOptions::default()));
    assert_eq!(listing.objects.len(), 1);
    assert!(listing.objects[0].resource.is_none());
    let limited = ListOptions {
        include_resource: false,
        limit: Some(2),
    };
    let listing = stand_in.block_on(provider.list(USER, json!({}), limited));
    assert_eq!(listing.objects.len(), 2);
    let wrong = stand_in.block_on(provider.list(USER, json!({"name_regex": "("}), options));
    assert!(wrong.diagnostics.has_errors());
}

#[test]
fn action_ends_the_streams_of_who_must_use_iam_and_names_their_slots() {
    let stand_in = StandIn::start(15);
    let _stream = stand_in.stream("orders_slot");
    let provider = provider(&stand_in);
    let invoke = |config| stand_in.block_on(provider.invoke_action(TERMINATE, config));
    let streams = || {
        let count = "SELECT count(*) FROM pg_stat_replication";
        stand_in.sql_value(count).unwrap_or_default()
    };

    // Nobody must use IAM while the parameter is off.
    let refused = invoke(json!({}));
    assert!(refused.diagnostics.has_errors());
    assert_eq!(streams(), "1");

    stand_in.sql("GRANT rds_iam TO cdc");
    stand_in.set_parameter("1");
    eventually("the parameter", || {
        stand_in
            .sql_value("SHOW rds.iam_auth_for_replication")
            .as_deref()
            == Some("on")
    });
    let ended = invoke(json!({}));
    assert!(!ended.diagnostics.has_errors(), "{:?}", ended.diagnostics);
    let told = ended.progress.join("\n");
    assert!(told.contains("of \"cdc\""), "{told}");
    assert!(
        told.contains("with the slot \"orders_slot\" active"),
        "{told}"
    );
    assert!(told.contains("Ended 1 replication connection"), "{told}");
    assert_eq!(streams(), "0");
    let slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orders_slot'";
    assert_eq!(stand_in.sql_value(slots).as_deref(), Some("1"));

    let nothing = invoke(json!({"username": "cdc"}));
    assert!(nothing.progress[0].contains("No replication connection"));
    let nobody = invoke(json!({"username": "nobody"}));
    assert!(nobody.diagnostics.has_errors());
}
