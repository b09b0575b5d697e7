//! Listing the users of a database.

use rds_emulator::Options;
use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    DynamicValue,
    list_resource::{Event, Request},
    validate_list_resource_config,
};

use super::plugin::{Provider, USER, events, no_errors, packed, unpacked};
use crate::support::StandIn;

/// All events of a listing that Terraform would have validated before.
async fn list(
    provider: &mut Provider,
    config: Json,
    include_resource_object: bool,
    limit: i64,
) -> Result<Vec<Event>, String> {
    let config = packed(&provider.schema.list_resources[USER].r#type(), &config);
    let null = || {
        Some(DynamicValue {
            msgpack: vec![0xc0],
            json: vec![],
        })
    };
    let request = validate_list_resource_config::Request {
        type_name: USER.to_owned(),
        config: Some(config.clone()),
        include_resource_object: null(),
        limit: null(),
    };
    let answer = provider.client.validate_list_resource_config(request).await;
    no_errors(&answer.expect("an answer").into_inner().diagnostics)?;
    let request = Request {
        type_name: USER.to_owned(),
        config: Some(config),
        include_resource_object,
        limit,
    };
    let stream = provider.client.list_resource(request).await;
    let events = events(stream.expect("a stream").into_inner()).await;
    for event in &events {
        no_errors(&event.diagnostic)?;
    }
    Ok(events)
}

fn names(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.display_name.as_str())
        .collect()
}

#[test]
fn listing_of_users_leaves_out_who_is_not_ours_and_imports_what_it_lists() {
    let stand_in = StandIn::start(15);
    stand_in.sql(
        "CREATE ROLE app LOGIN; GRANT rds_iam, rds_replication TO app; CREATE ROLE other LOGIN; \
         CREATE ROLE \"half \"\"way\" LOGIN; GRANT rds_replication TO \"half \"\"way\"",
    );
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let listed = list(&mut provider, json!({}), true, 100)
            .await
            .expect("a listing");
        assert_eq!(
            names(&listed),
            [
                "cluster:orders/app",
                "cluster:orders/cdc",
                "cluster:orders/half \"way"
            ]
        );
        for (event, is_in) in listed.iter().zip([true, false, false]) {
            let object = event.resource_object.as_ref().expect("a wanted state");
            let state = unpacked(&provider.resource_type(USER), object);
            assert_eq!(state["rds_iam"], is_in, "{}", event.display_name);
            let identity = provider.identity_of(USER, event.identity.as_ref());
            let imported = provider.import_by_identity(USER, &identity).await;
            let read = provider.read(USER, imported.expect("an import")).await;
            let read = read.expect("a read").expect("the role is there");
            assert_eq!(provider.identity(USER, &read), identity);
            assert_eq!(provider.state(USER, &read)["id"], event.display_name);
        }
    });
}

#[test]
fn listing_of_users_is_as_narrow_as_it_is_asked_for() {
    let stand_in = StandIn::start(15);
    stand_in.sql("CREATE ROLE app LOGIN; GRANT rds_replication TO app");
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let config = json!({"name_regex": "^a", "cluster_identifier": "orders"});
        let listed = list(&mut provider, config, false, 100)
            .await
            .expect("a listing");
        assert_eq!(names(&listed), ["cluster:orders/app"]);
        assert_eq!(listed[0].resource_object, None);

        // A configuration that is generated from it must fit what is imported: the provider's own database
        // is named by no argument, also where the listing names it.
        let config = json!({"name_regex": "^a", "cluster_identifier": "orders"});
        let listed = list(&mut provider, config, true, 100).await;
        let listed = listed.expect("a listing");
        let object = listed[0].resource_object.as_ref().expect("a wanted state");
        let state = unpacked(&provider.resource_type(USER), object);
        assert_eq!(state["cluster_identifier"], Json::Null);

        let listed = list(&mut provider, json!({}), false, 1)
            .await
            .expect("a listing");
        assert_eq!(names(&listed), ["cluster:orders/app"]);

        for (wrong, what) in [
            (json!({"name_regex": "("}), "name_regex"),
            (
                json!({"cluster_identifier": "a", "db_instance_identifier": "b"}),
                "db_instance_identifier",
            ),
            (json!({"cluster_identifier": "missing"}), "missing"),
        ] {
            let refused = list(&mut provider, wrong, false, 100).await;
            let refused = refused.expect_err("an error");
            assert!(refused.contains(what), "{refused}");
        }
    });
}

#[test]
fn listing_of_users_of_a_host_is_imported_by_the_host() {
    let stand_in = StandIn::start(15);
    let cluster = stand_in.cluster();
    stand_in.block_on(async {
        let postgres = json!({
            "host": cluster.host.to_uppercase(),
            "port": cluster.port,
            "username": cluster.master_username,
            "password": cluster.master_password
        });
        let mut provider = Provider::configured_with(&stand_in, postgres).await;
        let listed = list(&mut provider, json!({}), false, 100).await;
        let listed = listed.expect("a listing");
        let target = format!("{}:{}", cluster.host, cluster.port);
        assert_eq!(names(&listed), [format!("{target}/cdc")]);
        let identity = provider.identity_of(USER, listed[0].identity.as_ref());
        assert_eq!(identity["host"], target);
        for nothing in [
            "account_id",
            "region",
            "cluster_identifier",
            "db_instance_identifier",
        ] {
            assert_eq!(identity[nothing], Json::Null, "{nothing}");
        }
        let imported = provider.import_by_identity(USER, &identity).await;
        let read = provider.read(USER, imported.expect("an import")).await;
        let read = read.expect("a read").expect("the role is there");
        assert_eq!(provider.identity(USER, &read), identity);
    });
}

#[test]
fn listing_of_a_named_cluster_names_it_as_its_import_does_whatever_the_case() {
    let stand_in = StandIn::with_options(Options {
        clusters: vec!["orders".to_owned()],
        own_ports: true,
        ..Options::default()
    });
    stand_in.block_on(async {
        // The `postgres` block names no database.
        let mut provider = Provider::configured_with(&stand_in, json!({})).await;
        let config = json!({"cluster_identifier": "Orders"});
        let listed = list(&mut provider, config, true, 100).await;
        let listed = listed.expect("a listing");
        assert_eq!(names(&listed), ["cluster:orders/cdc"]);
        let object = listed[0].resource_object.as_ref().expect("a wanted state");
        let state = unpacked(&provider.resource_type(USER), object);
        assert_eq!(state["cluster_identifier"], "orders");
        let identity = provider.identity_of(USER, listed[0].identity.as_ref());
        let imported = provider.import_by_identity(USER, &identity).await;
        let imported = imported.expect("an import");
        let imported = provider.state(USER, &imported);
        assert_eq!(imported["cluster_identifier"], "orders");
        assert_eq!(imported["id"], state["id"]);
    });
}
