//! Updates of something else than the state has, which no CLI sends.

use serde_json::json;
use terraform_client::proto::tfplugin6::{apply_resource_change, plan_resource_change};

use super::plugin::{PARAMETER, Provider, USER, packed};
use crate::support::{Kind, StandIn, any_major};

#[test]
fn update_of_something_else_than_the_state_has_is_refused_and_names_both() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE another LOGIN");
    stand_in.block_on(async {
        let mut provider = Provider::configured(&stand_in).await;
        let named = json!({"cluster_identifier": "orders", "name": "cdc"});
        for (type_name, said, changes, both) in [
            (USER, &named, json!({"name": "another"}), ["cdc", "another"]),
            (
                USER,
                &named,
                json!({"cluster_identifier": "stock", "rds_iam": true}),
                ["orders", "stock"],
            ),
            (
                PARAMETER,
                &json!({"cluster_identifier": "orders"}),
                json!({"cluster_identifier": "stock", "enabled": true}),
                ["orders", "stock"],
            ),
        ] {
            let imported = provider.import_by_identity(type_name, said).await;
            let read = provider.read(type_name, imported.expect("an import")).await;
            let object = read.expect("a read").expect("the object is there");
            let mut planned = provider.state(type_name, &object);
            for (name, value) in changes.as_object().expect("an object") {
                planned[name] = value.clone();
            }
            let r#type = provider.resource_type(type_name);
            let mut config = planned.clone();
            for computed in ["id", "parameter_group_name", "parameter_group_family"] {
                if let Some(value) = config.get_mut(computed) {
                    value.take();
                }
            }
            let config = Some(packed(&r#type, &config));
            let prior_state = Some(object.into_state());
            let planned_state = Some(packed(&r#type, &planned));
            let request = apply_resource_change::Request {
                type_name: type_name.to_owned(),
                prior_state: prior_state.clone(),
                planned_state: planned_state.clone(),
                config: config.clone(),
                ..apply_resource_change::Request::default()
            };
            let answer = provider.client.apply_resource_change(request).await;
            let answer = answer.expect("an answer").into_inner();
            let [error] = answer.diagnostics.as_slice() else {
                panic!("{:?}", answer.diagnostics);
            };
            for one in both {
                assert!(error.detail.contains(&format!("{one:?}")), "{error:?}");
            }
            assert!(error.detail.contains("Plan and apply again"), "{error:?}");
            assert_eq!(answer.new_state, prior_state);

            // A plan of the same is a replacement; a process that has read knows that it is no apply.
            let request = plan_resource_change::Request {
                type_name: type_name.to_owned(),
                prior_state,
                proposed_new_state: planned_state,
                config,
                ..plan_resource_change::Request::default()
            };
            let answer = provider.client.plan_resource_change(request).await;
            let answer = answer.expect("an answer").into_inner();
            assert!(!answer.requires_replace.is_empty());
            assert_eq!(answer.diagnostics, []);
        }
    });
    assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
    assert!(
        !stand_in
            .memberships("another")
            .contains(&"rds_iam".to_owned())
    );
}
