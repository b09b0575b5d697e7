//! GenerateResourceConfig.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    generate_resource_config::{Request, Response},
};

use super::message::{error, packed, panicked, refusal, started, thing, unknown_type, warning};

async fn generated(type_name: &str, state: Json) -> Response {
    let request = Request {
        type_name: type_name.to_owned(),
        state: packed(state),
    };
    let mut golden = started().await;
    let answer = golden.client.generate_resource_config(request).await;
    answer.expect("an answer").into_inner()
}

fn failed(diagnostic: Diagnostic) -> Response {
    Response {
        config: None,
        diagnostics: vec![diagnostic],
    }
}

#[tokio::test]
async fn generate_resource_config_follows_the_schema() {
    let state = thing(json!({
        "id": "1",
        "name": "a",
        "size": 4,
        "old": "x",
        "part": [{"label": "x", "made": "a's"}],
        "rule": [{"allow": "all"}],
    }));
    let config = thing(json!({
        "name": "a",
        "size": 4,
        "part": [{"label": "x", "made": null}],
    }));
    let expected = Response {
        config: packed(config),
        diagnostics: Vec::new(),
    };
    assert_eq!(generated("golden_thing", state).await, expected);
}

#[tokio::test]
async fn generate_resource_config_lets_the_author_adjust_it() {
    let expected = Response {
        config: packed(json!({"name": "loud"})),
        diagnostics: vec![warning("Generated", "In lower case.", "")],
    };
    let found = generated("golden_old", json!({"name": "LOUD"})).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn generate_resource_config_that_fails_says_why() {
    let null = error(
        "Cannot Generate a Configuration",
        "There is no state of golden_old to write a configuration of.",
        "",
    );
    let shape = error(
        "Cannot Read the State",
        "The value has no attribute \"name\".",
        "",
    );
    let bug = panicked("GenerateResourceConfig", "golden_old");
    for (type_name, state, diagnostic) in [
        ("golden_old", json!({"name": "fail"}), refusal()),
        ("golden_old", json!({"name": "panic"}), bug),
        ("golden_old", json!(null), null),
        ("golden_old", json!({}), shape),
        ("golden_nothing", json!({}), unknown_type("resource")),
    ] {
        assert_eq!(generated(type_name, state).await, failed(diagnostic));
    }
}
