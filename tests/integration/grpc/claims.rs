//! One process that creates, deletes and creates again, as a client of the protocol may.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    DynamicValue, apply_resource_change, plan_resource_change,
};

use super::plugin::{PARAMETER, Provider, no_errors, packed};
use crate::support::{Kind, StandIn};

/// A state and what is kept beside it.
type Stored = (DynamicValue, Vec<u8>);

/// Plans and applies a change: a create without a prior state, a destroy without a configuration. Gives the
/// summaries of the warnings, too.
async fn change(
    provider: &mut Provider,
    prior: Option<&Stored>,
    config: Option<&Json>,
) -> Result<(Stored, Vec<String>), String> {
    let r#type = provider.resource_type(PARAMETER);
    let nothing = packed(&r#type, &Json::Null);
    let config = config.map_or_else(|| nothing.clone(), |config| packed(&r#type, config));
    let (prior_state, prior_private) = prior.cloned().unwrap_or((nothing, Vec::new()));
    let request = plan_resource_change::Request {
        type_name: PARAMETER.to_owned(),
        prior_state: Some(prior_state.clone()),
        proposed_new_state: Some(config.clone()),
        config: Some(config.clone()),
        prior_private,
        ..plan_resource_change::Request::default()
    };
    let planned = provider.client.plan_resource_change(request).await;
    let planned = planned.expect("an answer").into_inner();
    no_errors(&planned.diagnostics)?;
    let request = apply_resource_change::Request {
        type_name: PARAMETER.to_owned(),
        prior_state: Some(prior_state),
        planned_state: planned.planned_state,
        config: Some(config),
        planned_private: planned.planned_private,
        ..apply_resource_change::Request::default()
    };
    let applied = provider.client.apply_resource_change(request).await;
    let applied = applied.expect("an answer").into_inner();
    no_errors(&applied.diagnostics)?;
    let warnings = applied.diagnostics.into_iter();
    let warnings = warnings.map(|warning| warning.summary).collect();
    let state = applied.new_state.expect("a state");
    Ok(((state, applied.private), warnings))
}

#[test]
fn parameter_is_created_and_deleted_again_and_again_in_one_process() {
    let stand_in = StandIn::start(15);
    let is_on = || stand_in.value(Kind::Cluster).as_deref() == Some("1");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let config = json!({"cluster_identifier": "orders", "wait_for_in_sync": false});
    let mut provider = runtime.block_on(Provider::configured(&stand_in));
    let mut apply = |prior: Option<&Stored>, config: Option<&Json>| {
        runtime.block_on(change(&mut provider, prior, config))
    };
    for _ in 0..2 {
        let (stored, _) = apply(None, Some(&config)).expect("a create");
        assert!(is_on());
        let second = apply(None, Some(&config)).expect_err("it is there");
        assert!(second.contains("Give each object one resource"), "{second}");
        apply(Some(&stored), None).expect("a destroy");
        assert!(!is_on());
    }
}

#[test]
fn parameter_that_another_process_created_is_not_deleted_after_a_create_of_this_one() {
    let stand_in = StandIn::start(15);
    let is_on = || stand_in.value(Kind::Cluster).as_deref() == Some("1");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let config = json!({"cluster_identifier": "orders", "wait_for_in_sync": false});
    let mut before = runtime.block_on(Provider::configured(&stand_in));
    let created = runtime.block_on(change(&mut before, None, Some(&config)));
    let (old, _) = created.expect("a create");

    let mut provider = runtime.block_on(Provider::configured(&stand_in));
    let created = runtime.block_on(change(&mut provider, None, Some(&config)));
    let (new, _) = created.expect("a create");
    let deleted = runtime.block_on(change(&mut provider, Some(&old), None));
    let (_, warnings) = deleted.expect("a destroy");
    assert!(
        warnings
            .iter()
            .any(|warning| warning.starts_with("Kept For Another Resource")),
        "{warnings:?}"
    );
    assert!(is_on());
    let deleted = runtime.block_on(change(&mut provider, Some(&new), None));
    deleted.expect("a destroy");
    assert!(!is_on());
}
