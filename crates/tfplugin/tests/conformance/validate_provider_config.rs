//! ValidateProviderConfig.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    validate_provider_config::{Request, Response},
};

use super::message::{UNKNOWN, error, packed, panicked, started, warning};

async fn validated(config: Json) -> Vec<Diagnostic> {
    let config = packed(config);
    let answer = started()
        .await
        .client
        .validate_provider_config(Request { config })
        .await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

#[tokio::test]
async fn validate_provider_config_accepts_known_null_and_unknown_values() {
    for greeting in [json!("hello"), json!(null), json!(UNKNOWN)] {
        assert_eq!(validated(json!({ "greeting": greeting })).await, []);
    }
    // A provider block that is not written.
    assert_eq!(validated(json!(null)).await, []);
}

#[tokio::test]
async fn validate_provider_config_reports_at_the_attribute() {
    let expected = [warning("No Greeting", "It is empty.", "greeting")];
    assert_eq!(validated(json!({"greeting": ""})).await, expected);
    let expected = [error(
        "Cannot Read the Provider Configuration",
        "The value of greeting is not of type string.",
        "greeting",
    )];
    assert_eq!(validated(json!({"greeting": 1})).await, expected);
}

#[tokio::test]
async fn validate_provider_config_that_panics_is_a_diagnostic() {
    let expected = [panicked("ValidateProviderConfig", "")];
    assert_eq!(validated(json!({"greeting": "panic"})).await, expected);
}
