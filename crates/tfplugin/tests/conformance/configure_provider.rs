//! ConfigureProvider.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    configure_provider::{Request, Response},
};

use super::message::{UNKNOWN, deferring, error, packed, panicked, refusal, started, warning};

async fn configured(config: Json) -> Vec<Diagnostic> {
    let request = Request {
        terraform_version: "1.16.0".to_owned(),
        config: packed(config),
        client_capabilities: deferring(),
    };
    let answer = started().await.client.configure_provider(request).await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

#[tokio::test]
async fn configure_provider_hands_over_the_version_and_takes_unknown_values() {
    for greeting in [json!("x"), json!(null), json!(UNKNOWN)] {
        let expected = [warning("Configured", "1.16.0", "")];
        assert_eq!(configured(json!({ "greeting": greeting })).await, expected);
    }
}

#[tokio::test]
async fn configure_provider_that_fails_says_why() {
    assert_eq!(configured(json!({"greeting": "fail"})).await, [refusal()]);
    let expected = [panicked("ConfigureProvider", "")];
    assert_eq!(configured(json!({"greeting": "panic"})).await, expected);
    let expected = [error(
        "Cannot Read the Provider Configuration",
        "The value has an unexpected attribute \"greetings\".",
        "",
    )];
    assert_eq!(configured(json!({"greetings": null})).await, expected);
}
