//! Write-only values: read from the configuration, and in no plan and no state.

use serde_json::json;
use tfplugin::{
    AttributePath,
    testing::{self, Action, Source, State, StubProvider, TestProvider},
    value::Value,
};

use crate::{
    leaky::{LEAKY, Leaky},
    provider::messages,
};

async fn leaky() -> TestProvider<StubProvider> {
    testing::provider(|registry| {
        registry.resource(Leaky).move_state(Leaky);
    })
    .await
}

fn config(key: &str) -> serde_json::Value {
    json!({
        "name": "a",
        "key_wo": key,
        "part": [{"label": "a", "key_wo": key}],
        "rule": [{"allow": "all", "key_wo": key}],
    })
}

/// Every place of a write-only value.
fn places() -> [AttributePath; 3] {
    let inside = |name| AttributePath::root(name).index(0).attribute("key_wo");
    ["key_wo".into(), inside("part"), inside("rule")]
}

#[track_caller]
fn assert_nothing_leaked(state: &State) {
    for place in places() {
        assert_eq!(state.get(place.clone()), Value::Null, "{place}");
    }
    // The places exist.
    let allow = AttributePath::root("rule").index(0).attribute("allow");
    assert_eq!(state.get(allow), "all".into());
}

#[tokio::test]
async fn write_only_values_are_in_no_plan() {
    let plan = leaky().await.plan(LEAKY, None, config("k")).await.unwrap();
    for place in places() {
        assert_eq!(plan.get(place.clone()), Value::Null, "{place}");
    }
}

#[tokio::test]
async fn write_only_values_are_in_no_state_after_create_update_and_read() {
    let provider = leaky().await;
    let created = provider.apply_config(LEAKY, None, config("k")).await;
    let created = created.unwrap_state();
    assert_nothing_leaked(&created);
    let mut changed = config("k");
    changed["note"] = "changed".into();
    let updated = provider.apply_config(LEAKY, Some(&created), changed).await;
    let updated = updated.unwrap_state();
    assert_eq!(updated.get("note"), "changed".into());
    assert_nothing_leaked(&updated);
    assert_nothing_leaked(&provider.refresh(&updated).await.unwrap_state());
}

#[tokio::test]
async fn write_only_values_are_in_no_state_after_a_failed_create() {
    let mut late = config("k");
    late["name"] = "late".into();
    let step = leaky().await.apply_config(LEAKY, None, late).await;
    assert_eq!(messages(&step.diagnostics), ["Late"]);
    assert_nothing_leaked(&step.state.unwrap());
}

#[tokio::test]
async fn write_only_values_are_in_no_state_after_import_upgrade_and_move() {
    let provider = leaky().await;
    assert_nothing_leaked(&provider.import(LEAKY, "x").await.unwrap_state());
    let old = json!({"name": "old"});
    assert_nothing_leaked(&provider.upgrade(LEAKY, 0, &old).await.unwrap());
    // A version that did not know better may have stored them.
    let stored = provider.upgrade(LEAKY, 1, &config("k")).await.unwrap();
    assert_nothing_leaked(&stored);
    let source = Source::new("registry.terraform.io/test/other", "other_leaky", old);
    assert_nothing_leaked(&provider.move_state(source, LEAKY).await.unwrap_state());
}

#[tokio::test]
async fn change_of_a_write_only_value_alone_plans_nothing() {
    let provider = leaky().await;
    let step = provider.apply_config(LEAKY, None, config("k")).await;
    let state = step.unwrap_state();
    let plan = provider.plan(LEAKY, Some(&state), config("other")).await;
    let plan = plan.unwrap();
    assert_eq!(plan.action, Action::NoOp, "{plan:#?}");
}

#[tokio::test]
async fn write_only_attribute_replaces_where_the_author_says_so() {
    let provider = leaky().await;
    let step = provider.apply_config(LEAKY, None, config("k")).await;
    let state = step.unwrap_state();
    let plan = provider.plan(LEAKY, Some(&state), config("new")).await;
    let plan = plan.unwrap();
    // The name, which did not change, is no reason.
    assert_eq!(plan.requires_replace, ["key_wo".into()]);
    assert_eq!(plan.action, Action::Replace);
}
