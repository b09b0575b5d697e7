//! ApplyResourceChange.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    apply_resource_change::{Request, Response},
};

use super::message::{
    UNKNOWN, configured, packed, panicked, refusal, thing, unknown_type, warning,
};

const PRIVATE: &[u8] = br#"{"secret_length":1}"#;

fn request(prior: Json, planned: Json, config: Json) -> Request {
    Request {
        type_name: "golden_thing".to_owned(),
        prior_state: packed(prior),
        planned_state: packed(planned),
        config: packed(config),
        planned_private: PRIVATE.to_vec(),
        ..Request::default()
    }
}

async fn applied(request: Request) -> Response {
    let answer = configured()
        .await
        .client
        .apply_resource_change(request)
        .await;
    answer.expect("an answer").into_inner()
}

fn result(state: Json, private: &[u8], diagnostics: Vec<Diagnostic>) -> Response {
    Response {
        new_state: packed(state),
        private: private.to_vec(),
        diagnostics,
        ..Response::default()
    }
}

fn create(name: &str) -> Request {
    let planned = json!({
        "id": UNKNOWN,
        "name": name,
        "size": 10,
        "part": [{"label": "x", "made": UNKNOWN}],
    });
    let config = json!({
        "name": name,
        "secret_wo": "secret",
        "part": [{"label": "x", "made": null}],
    });
    request(json!(null), thing(planned), thing(config))
}

#[tokio::test]
async fn apply_resource_change_of_a_create_fills_in_what_was_unknown() {
    let state = thing(json!({
        "id": "id-a",
        "name": "a",
        "size": 10,
        "part": [{"label": "x", "made": "a's"}],
    }));
    let expected = result(state, br#"{"secret_length":6}"#, vec![]);
    assert_eq!(applied(create("a")).await, expected);
}

#[tokio::test]
async fn apply_resource_change_of_a_create_that_fails_late_gives_state_and_error() {
    let state = thing(json!({
        "id": "id-fail",
        "name": "fail",
        "size": 10,
        "part": [{"label": "x", "made": "fail's"}],
    }));
    let expected = result(state, br#"{"secret_length":6}"#, vec![refusal()]);
    assert_eq!(applied(create("fail")).await, expected);
}

#[tokio::test]
async fn apply_resource_change_of_a_create_that_panics_gives_nothing_and_an_error() {
    let bug = panicked("ApplyResourceChange", "golden_thing");
    let expected = result(json!(null), PRIVATE, vec![bug]);
    assert_eq!(applied(create("panic")).await, expected);
}

#[tokio::test]
async fn apply_resource_change_of_an_update_keeps_the_prior_state_when_it_fails() {
    let prior = || thing(json!({"id": "1", "name": "a", "size": 10}));
    let change = |name: &str| {
        let planned = thing(json!({"id": "1", "name": name, "size": 11}));
        request(prior(), planned, thing(json!({"name": name, "size": 11})))
    };
    let state = thing(json!({"id": "1", "name": "a", "size": 11}));
    assert_eq!(applied(change("a")).await, result(state, PRIVATE, vec![]));
    for (name, diagnostic) in [
        ("fail", refusal()),
        ("panic", panicked("ApplyResourceChange", "golden_thing")),
    ] {
        let expected = result(prior(), PRIVATE, vec![diagnostic]);
        assert_eq!(applied(change(name)).await, expected);
    }
}

#[tokio::test]
async fn apply_resource_change_of_a_destroy_leaves_nothing_or_everything() {
    let prior = |name: &str| thing(json!({"id": "1", "name": name, "size": 10}));
    let change = |name: &str| request(prior(name), json!(null), json!(null));
    let deleted = warning("Deleted", "It is gone.", "");
    let expected = result(json!(null), b"", vec![deleted]);
    assert_eq!(applied(change("a")).await, expected);
    for (name, diagnostic) in [
        ("fail", refusal()),
        ("panic", panicked("ApplyResourceChange", "golden_thing")),
    ] {
        let expected = result(prior(name), PRIVATE, vec![diagnostic]);
        assert_eq!(applied(change(name)).await, expected);
    }
}

#[tokio::test]
async fn apply_resource_change_of_a_type_that_is_not_there_changes_nothing() {
    let mut change = create("a");
    change.type_name = "golden_nothing".to_owned();
    let expected = result(json!(null), PRIVATE, vec![unknown_type("resource")]);
    assert_eq!(applied(change).await, expected);
}
