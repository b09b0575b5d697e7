//! The whole provider against the stand-in, driven in memory: no CLI, whose processes hide what one
//! operation leaves to the next.

use serde_json::{Value, json};
use terraform_provider_rdsiam::provider::RdsIam;
use tfplugin::testing::{State, TestProvider};

use crate::support::StandIn;

const USER: &str = "rdsiam_replication_user";

/// A stand-in whose clusters one host to connect to leads to, and the provider configured for it.
fn configured(stand_in: &StandIn) -> TestProvider<RdsIam> {
    let connection = stand_in.connection();
    let api = &connection.api_endpoint;
    let provider = TestProvider::new(RdsIam);
    let said = stand_in.block_on(provider.configure(json!({
        "region": connection.region,
        "access_key": connection.access_key_id,
        "secret_key": connection.secret_access_key,
        "endpoints": { "rds": api, "sts": api, "secretsmanager": api },
        "postgres": { "connect_host": "127.0.0.1", "sslrootcert": connection.ca_file },
    })));
    assert!(!said.has_errors(), "{said:?}");
    provider
}

/// Applies the user `cdc` of a cluster that is named in one of several ways.
async fn apply(provider: &TestProvider<RdsIam>, prior: Option<&State>, more: Value) -> State {
    let mut config = json!({ "name": "cdc" });
    if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
        config.extend(more);
    }
    let applied = provider.apply_config(USER, prior, config).await;
    applied.unwrap_state()
}

async fn is_in_rds_iam(provider: &TestProvider<RdsIam>, state: &State) -> bool {
    let read = provider.refresh(state).await.unwrap_state();
    read.to_json()["rds_iam"] == true
}

#[test]
fn read_by_another_name_of_the_cluster_is_not_older_than_a_write() {
    let stand_in = StandIn::with_options(rds_emulator::Options {
        own_ports: true,
        ..rds_emulator::Options::default()
    });
    let provider = configured(&stand_in);
    let clusters = stand_in.block_on(stand_in.rds().describe_db_clusters().send());
    let arn = clusters
        .expect("they can be described")
        .db_clusters()
        .first()
        .and_then(|cluster| cluster.db_cluster_arn().map(str::to_owned))
        .expect("there is a cluster");
    stand_in.block_on(async {
        let by_name = json!({ "cluster_identifier": "orders" });
        let named = apply(&provider, None, by_name.clone()).await;
        let by_arn = apply(&provider, None, json!({ "cluster_identifier": arn })).await;
        // Each name has a snapshot of its own from here on.
        for state in [&named, &by_arn] {
            assert!(is_in_rds_iam(&provider, state).await);
        }
        let mut without = by_name.clone();
        without["rds_iam"] = false.into();
        let named = apply(&provider, Some(&named), without).await;
        for state in [&named, &by_arn] {
            assert!(!is_in_rds_iam(&provider, state).await);
        }
        let named = apply(&provider, Some(&named), by_name).await;
        assert!(is_in_rds_iam(&provider, &by_arn).await);
        let gone = provider.destroy(&named).await;
        assert!(gone.state.is_none(), "{:?}", gone.diagnostics);
        assert!(!is_in_rds_iam(&provider, &by_arn).await);
    });
}
