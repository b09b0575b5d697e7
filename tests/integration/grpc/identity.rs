//! Identities of both resources, and imports by them.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    RawState, ResourceIdentityData, apply_resource_change, get_resource_identity_schemas,
    plan_resource_change, upgrade_resource_identity,
};

use super::plugin::{
    GRANT, PARAMETER, PUBLICATION, Provider, SLOT, USER, no_errors, packed, unpacked,
};
use crate::support::StandIn;

/// The identity of a role in the first cluster.
fn user(stand_in: &StandIn, name: &str) -> Json {
    json!({
        "account_id": "123456789012",
        "region": stand_in.connection().region,
        "cluster_identifier": "orders",
        "db_instance_identifier": null,
        "host": null,
        "name": name
    })
}

#[test]
fn identity_schemas_are_those_of_all_resources() {
    let stand_in = StandIn::without_server();
    stand_in.block_on(async {
        let mut provider = Provider::start().await;
        let request = get_resource_identity_schemas::Request {};
        let answer = provider.client.get_resource_identity_schemas(request).await;
        let schemas = answer.expect("an answer").into_inner().identity_schemas;
        let resources = [PUBLICATION, GRANT, PARAMETER, SLOT, USER];
        assert!(schemas.keys().eq(resources), "{schemas:?}");
        let required = |resource: &str| -> Vec<&str> {
            schemas[resource]
                .identity_attributes
                .iter()
                .filter(|attribute| attribute.required_for_import)
                .map(|attribute| attribute.name.as_str())
                .collect()
        };
        assert_eq!(required(USER), ["name"]);
        assert_eq!(required(PUBLICATION), ["database", "name"]);
        assert_eq!(required(GRANT), ["database", "role"]);
        assert_eq!(required(SLOT), ["name"]);
    });
}

#[test]
fn import_by_identity_survives_slashes_signs_and_quotes_in_names() {
    let stand_in = StandIn::start(15);
    let name = "team/app@eu.\"x\"'";
    let ident = name.replace('"', "\"\"");
    stand_in.sql(&format!(
        "CREATE ROLE \"{ident}\" LOGIN; GRANT rds_iam, rds_replication TO \"{ident}\""
    ));
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let wanted = user(&stand_in, name);
        // The name is all that must be said; what is read has the whole identity.
        let said = json!({"name": name});
        let imported = provider.import_by_identity(USER, &said).await;
        let imported = imported.expect("an import");
        let read = provider.read(USER, imported).await.expect("a read");
        let read = read.expect("the role is there");
        assert_eq!(provider.identity(USER, &read), wanted);
        let state = provider.state(USER, &read);
        assert_eq!(state["id"], format!("cluster:orders/{name}"));
        assert_eq!(state["name"], name);
        assert_eq!(state["rds_iam"], true);
        // The provider's own database is named by no argument.
        assert_eq!(state["cluster_identifier"], Json::Null);

        // And the whole identity leads to the same object.
        let again = provider.import_by_identity(USER, &wanted).await;
        let again = provider.read(USER, again.expect("an import")).await;
        let again = again.expect("a read").expect("the role is there");
        assert_eq!(provider.identity(USER, &again), wanted);
        assert_eq!(provider.state(USER, &again), state);
    });
}

#[test]
fn import_by_identity_takes_identifiers_in_any_case_as_aws_does() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let said = json!({"cluster_identifier": "Orders", "name": "cdc"});
        let imported = provider.import_by_identity(USER, &said).await;
        let imported = imported.expect("an import");
        let wanted = provider.identity(USER, &imported);
        assert_eq!(wanted["cluster_identifier"], "orders");
        let read = provider.read(USER, imported).await.expect("a read");
        let read = read.expect("the role is there");
        assert_eq!(provider.identity(USER, &read), user(&stand_in, "cdc"));
        // It is the provider's own database, whatever the case.
        let state = provider.state(USER, &read);
        assert_eq!(state["cluster_identifier"], Json::Null);
    });
}

#[test]
fn import_by_identity_of_two_databases_or_of_no_region_is_refused() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let mut both = user(&stand_in, "cdc");
        both["db_instance_identifier"] = "billing".into();
        let refused = provider.import_by_identity(USER, &both).await;
        let refused = refused.err().expect("an error");
        assert!(refused.contains("at most one of"), "{refused}");
        let mut nowhere = user(&stand_in, "cdc");
        nowhere["region"] = "Frankfurt".into();
        let refused = provider.import_by_identity(USER, &nowhere).await;
        let refused = refused.err().expect("an error");
        assert!(refused.contains("\"Frankfurt\""), "{refused}");
    });
}

#[test]
fn import_by_identity_of_another_account_or_of_nobody_says_so() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let mut elsewhere = user(&stand_in, "cdc");
        elsewhere["account_id"] = "999999999999".into();
        let refused = provider.import_by_identity(USER, &elsewhere).await;
        let refused = refused.err().expect("an error");
        assert!(refused.contains("999999999999"), "{refused}");
        assert!(refused.contains("123456789012"), "{refused}");

        let nobody = provider
            .import_by_identity(USER, &user(&stand_in, "nobody"))
            .await;
        // Terraform says "Cannot import non-existent remote object" where the read finds nothing.
        let read = provider.read(USER, nobody.expect("an import")).await;
        assert!(read.expect("a read").is_none());
    });
}

#[test]
fn import_by_identity_of_a_parameter_is_named_as_the_identity_does() {
    let stand_in = StandIn::start(15);
    stand_in.set_parameter("1");
    let group = stand_in.cluster().parameter_group.clone();
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
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
            let imported = provider.import_by_identity(PARAMETER, &identity).await;
            let read = provider.read(PARAMETER, imported.expect("an import")).await;
            let read = read.expect("a read").expect("the parameter is there");
            let state = provider.state(PARAMETER, &read);
            assert_eq!(state["id"], id);
            assert_eq!(state["enabled"], true);
            let identity = provider.identity(PARAMETER, &read);
            assert_eq!(identity["account_id"], "123456789012");
            assert_eq!(identity["region"], stand_in.connection().region);
        }
        let both = json!({"cluster_identifier": "orders", "db_parameter_group_name": "g"});
        let refused = provider.import_by_identity(PARAMETER, &both).await;
        let refused = refused.err().expect("an error");
        assert!(refused.contains("exactly one"), "{refused}");
    });
}

#[test]
fn identity_of_a_parameter_keeps_its_account_whatever_else_was_read() {
    let stand_in = StandIn::start(15);
    stand_in.set_parameter("1");
    let group = stand_in.cluster().parameter_group.clone();
    let by_group = json!({"db_cluster_parameter_group_name": group});
    stand_in.block_on(async {
        let mut first = Provider::configured_unchecked(&stand_in).await;
        let imported = first.import_by_identity(PARAMETER, &by_group).await;
        let read = first.read(PARAMETER, imported.expect("an import")).await;
        let mut object = read.expect("a read").expect("the parameter is there");
        let whole = first.identity(PARAMETER, &object);
        assert_eq!(whole["account_id"], "123456789012");
        // A process of its own for each refresh, as the CLI has, with and without a user before it.
        for round in 0..8 {
            let mut provider = Provider::configured_unchecked(&stand_in).await;
            if round % 2 == 0 {
                let said = json!({"name": "cdc"});
                let user = provider.import_by_identity(USER, &said).await;
                let user = provider.read(USER, user.expect("an import")).await;
                assert!(user.expect("a read").is_some());
            }
            let read = provider.read(PARAMETER, object).await;
            object = read.expect("a read").expect("the parameter is there");
            assert_eq!(provider.identity(PARAMETER, &object), whole, "{round}");
        }
    });
    assert!(!stand_in.calls().contains_key("GetCallerIdentity"));
}

#[test]
fn import_by_identity_with_an_arn_is_refused() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured_unchecked(&stand_in).await;
        let arn = "arn:aws:rds:eu-central-1:123456789012:cluster:orders";
        let said = json!({"cluster_identifier": arn});
        let refused = provider.import_by_identity(PARAMETER, &said).await;
        let refused = refused.err().expect("an error");
        assert!(refused.contains("is an ARN"), "{refused}");
    });
}

#[test]
fn identity_in_a_plan_is_whole_where_the_configuration_is_known() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let r#type = provider.resource_type(USER);
        let config = packed(&r#type, &json!({"name": "cdc"}));
        let request = plan_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state: Some(packed(&r#type, &Json::Null)),
            proposed_new_state: Some(config.clone()),
            config: Some(config),
            ..plan_resource_change::Request::default()
        };
        let answer = provider.client.plan_resource_change(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics).expect("a plan");
        assert_eq!(
            provider.identity_of(USER, answer.planned_identity.as_ref()),
            user(&stand_in, "cdc")
        );
    });
}

#[test]
fn update_of_a_state_that_has_no_identity_yet_may_leave_it_so() {
    let stand_in = StandIn::start(15);
    stand_in.sql("GRANT rds_iam, rds_replication TO cdc");
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let imported = provider
            .import_by_identity(USER, &json!({"name": "cdc"}))
            .await;
        let read = provider.read(USER, imported.expect("an import")).await;
        let object = read.expect("a read").expect("the role is there");
        let mut state = provider.state(USER, &object);
        let r#type = provider.resource_type(USER);

        // Another process, which has asked AWS for nothing, as with `-refresh=false`.
        let mut provider = Provider::configured(&stand_in).await;
        let prior_state = Some(object.into_state());
        state["on_destroy"] = "retain".into();
        let planned = Some(packed(&r#type, &state));
        state["id"] = Json::Null;
        let config = Some(packed(&r#type, &state));
        let request = plan_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state: prior_state.clone(),
            proposed_new_state: planned.clone(),
            config: config.clone(),
            ..plan_resource_change::Request::default()
        };
        let answer = provider.client.plan_resource_change(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics).expect("a plan");
        assert_eq!(answer.planned_identity, None);
        let request = apply_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state,
            planned_state: answer.planned_state,
            config,
            planned_private: answer.planned_private,
            planned_identity: answer.planned_identity,
            ..apply_resource_change::Request::default()
        };
        let answer = provider.client.apply_resource_change(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics).expect("an update");
        assert_eq!(answer.new_identity, None);
        let new_state = answer.new_state.expect("a state");
        assert_eq!(unpacked(&r#type, &new_state)["on_destroy"], "retain");
    });
}

#[test]
fn read_with_credentials_of_another_account_is_refused_and_names_both() {
    let stand_in = StandIn::start(15);
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        for (type_name, said) in [
            (USER, json!({"name": "cdc"})),
            (PARAMETER, json!({"cluster_identifier": "Orders"})),
        ] {
            let imported = provider.import_by_identity(type_name, &said).await;
            let read = provider.read(type_name, imported.expect("an import")).await;
            let object = read.expect("a read").expect("the object is there");
            let mut identity = provider.identity(type_name, &object);
            assert_eq!(identity["cluster_identifier"], "orders");
            identity["account_id"] = "999999999999".into();
            let identity = packed(&provider.identity_type(type_name), &identity);
            let refused = provider
                .read(type_name, object.with_identity(identity))
                .await;
            let refused = refused.err().expect("an error");
            assert!(refused.contains("Identity Changed"), "{refused}");
            assert!(refused.contains("999999999999"), "{refused}");
            assert!(refused.contains("123456789012"), "{refused}");
        }
    });
}

#[test]
fn stored_identity_is_read_again_as_it_was() {
    let stand_in = StandIn::without_server();
    let stored = user(&stand_in, "a/b");
    stand_in.block_on(async {
        let mut provider = Provider::start().await;
        let request = upgrade_resource_identity::Request {
            type_name: USER.to_owned(),
            version: 0,
            raw_identity: Some(RawState {
                json: stored.to_string().into_bytes(),
                ..RawState::default()
            }),
        };
        let answer = provider.client.upgrade_resource_identity(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics).expect("an identity");
        let upgraded: Option<&ResourceIdentityData> = answer.upgraded_identity.as_ref();
        assert_eq!(provider.identity_of(USER, upgraded), stored);
    });
}
