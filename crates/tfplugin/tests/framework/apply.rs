//! Applied changes and reads.

use serde_json::json;
use tfplugin::{
    Private,
    testing::{Action, State, TestProvider},
    value::Value,
};

use crate::provider::{Misbehavior, THING, Test, messages, test};

/// A state that a well-behaved provider made.
async fn standing() -> State {
    let config = json!({"name": "a", "password_wo": "p"});
    test(Misbehavior::None)
        .await
        .apply_config(THING, None, config)
        .await
        .unwrap_state()
}

fn secret_known(state: &State) -> Option<bool> {
    Private::from_bytes(&state.private)
        .expect("it is there")
        .get("secret_known")
}

async fn updated(provider: &TestProvider<Test>) -> (Option<State>, Vec<String>) {
    let config = json!({"name": "a", "size": 20, "tags": {"a": "b"}});
    let step = provider
        .apply_config(THING, Some(&standing().await), config)
        .await;
    (step.state, messages(&step.diagnostics))
}

#[tokio::test]
async fn create_sees_write_only_values_and_stores_none() {
    let state = standing().await;
    assert_eq!(secret_known(&state), Some(true));
    assert_eq!(state.get("password_wo"), Value::Null);
    assert_eq!(state.get("id"), "id-a".into());
    assert!(!state.tainted);
}

#[tokio::test]
async fn value_left_unknown_is_a_bug_at_the_attribute_and_null_in_the_state() {
    let provider = test(Misbehavior::ForgetId).await;
    let step = provider
        .apply_config(THING, None, json!({"name": "a"}))
        .await;
    assert_eq!(messages(&step.diagnostics), ["Bug in the Provider @ id"]);
    let state = step.state.unwrap();
    assert_eq!(state.get("id"), Value::Null);
    assert_eq!(state.get("name"), "a".into());
}

#[tokio::test]
async fn state_that_contradicts_the_plan_is_a_bug_at_the_attribute() {
    let provider = test(Misbehavior::StoreOtherSize).await;
    let step = provider
        .apply_config(THING, None, json!({"name": "a"}))
        .await;
    assert_eq!(messages(&step.diagnostics), ["Bug in the Provider @ size"]);
    assert_eq!(step.state.unwrap().get("size"), 99.into());
}

#[tokio::test]
async fn create_that_fails_early_leaves_nothing() {
    let provider = test(Misbehavior::FailEarly).await;
    let step = provider
        .apply_config(THING, None, json!({"name": "a"}))
        .await;
    assert_eq!(messages(&step.diagnostics), ["No"]);
    assert!(step.state.is_none());
}

#[tokio::test]
async fn create_that_fails_late_leaves_a_tainted_state_that_is_replaced() {
    let provider = test(Misbehavior::FailLate).await;
    let step = provider
        .apply_config(THING, None, json!({"name": "a"}))
        .await;
    assert_eq!(messages(&step.diagnostics), ["Late"]);
    let state = step.state.unwrap();
    assert!(state.tainted);
    assert_eq!(state.get("id"), "id-a".into());
    assert_eq!(state.get("serial"), Value::Null);
    assert_eq!(secret_known(&state), Some(false));

    let provider = test(Misbehavior::None).await;
    let plan = provider
        .plan(THING, Some(&state), json!({"name": "a"}))
        .await
        .unwrap();
    assert_eq!(plan.action, Action::Replace);
    assert!(!provider.apply(plan).await.unwrap_state().tainted);
}

#[tokio::test]
async fn update_stores_what_was_planned_and_keeps_private_data() {
    let (state, messages) = updated(&test(Misbehavior::None).await).await;
    let state = state.unwrap();
    assert_eq!(messages, [""; 0]);
    assert_eq!(state.get("size"), 20.into());
    assert_eq!(secret_known(&state), Some(true));
}

#[tokio::test]
async fn update_that_fails_early_keeps_state_and_private_data() {
    let (state, messages) = updated(&test(Misbehavior::FailEarly).await).await;
    let state = state.unwrap();
    assert_eq!(messages, ["No"]);
    assert_eq!(state.value, standing().await.value);
    assert_eq!(secret_known(&state), Some(true));
}

#[tokio::test]
async fn update_that_fails_late_stores_what_is_there() {
    let (state, messages) = updated(&test(Misbehavior::FailLate).await).await;
    let state = state.unwrap();
    assert_eq!(messages, ["Late"]);
    assert_eq!(state.get("size"), 20.into());
    assert_eq!(state.get("tags"), Value::Null);
    assert_eq!(secret_known(&state), Some(true));
    assert!(!state.tainted);
}

#[tokio::test]
async fn destroy_leaves_nothing_or_after_a_failure_everything() {
    let state = standing().await;
    let step = test(Misbehavior::None).await.destroy(&state).await;
    assert!(step.state.is_none());
    assert!(step.diagnostics.is_empty());

    let step = test(Misbehavior::FailEarly).await.destroy(&state).await;
    assert_eq!(messages(&step.diagnostics), ["No"]);
    let kept = step.state.unwrap();
    assert_eq!(kept.value, state.value);
    assert_eq!(kept.private, state.private);
}

#[tokio::test]
async fn replacement_makes_another_object() {
    let provider = test(Misbehavior::None).await;
    let step = provider
        .apply_config(THING, Some(&standing().await), json!({"name": "b"}))
        .await;
    let state = step.unwrap_state();
    assert_eq!(state.get("id"), "id-b".into());
    assert_eq!(secret_known(&state), Some(false));
}

#[tokio::test]
async fn read_keeps_state_and_private_data() {
    let state = standing().await;
    let read = test(Misbehavior::None)
        .await
        .refresh(&state)
        .await
        .unwrap_state();
    assert_eq!(read.value, state.value);
    assert_eq!(read.private, state.private);
}

#[tokio::test]
async fn read_of_what_is_gone_leaves_nothing() {
    let step = test(Misbehavior::Gone)
        .await
        .refresh(&standing().await)
        .await;
    assert!(step.state.is_none());
    assert!(step.diagnostics.is_empty());
}

#[tokio::test]
async fn read_that_fails_keeps_everything() {
    let state = standing().await;
    let step = test(Misbehavior::FailEarly).await.refresh(&state).await;
    assert_eq!(messages(&step.diagnostics), ["No"]);
    assert_eq!(step.state.unwrap().private, state.private);
}

#[tokio::test]
async fn read_that_leaves_something_unknown_is_a_bug() {
    let step = test(Misbehavior::ForgetId)
        .await
        .refresh(&standing().await)
        .await;
    assert_eq!(messages(&step.diagnostics), ["Bug in the Provider @ id"]);
}
