//! ValidateEphemeralResourceConfig.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    validate_ephemeral_resource_config::{Request, Response},
};

use super::message::{UNKNOWN, error, packed, panicked, refusal, started, unknown_type, warning};

async fn validated(type_name: &str, config: Json) -> Vec<Diagnostic> {
    let request = Request {
        type_name: type_name.to_owned(),
        config: packed(config),
    };
    let mut golden = started().await;
    let answer = golden
        .client
        .validate_ephemeral_resource_config(request)
        .await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

fn deprecated() -> Diagnostic {
    warning("Deprecated", "Tokens are no more.", "")
}

#[tokio::test]
async fn validate_ephemeral_resource_config_accepts_what_is_known_or_not() {
    for name in ["a", UNKNOWN] {
        let config = json!({"name": name, "value": null});
        assert_eq!(validated("golden_token", config).await, [deprecated()]);
    }
}

#[tokio::test]
async fn validate_ephemeral_resource_config_reports_at_the_attribute() {
    let table = [
        (
            json!({"name": null, "value": null}),
            error(
                "Missing Required Argument",
                "The argument name is required, but its value is null.",
                "name",
            ),
        ),
        (
            json!({"name": "a", "value": UNKNOWN}),
            error(
                "Read-Only Argument",
                "The provider sets value; it cannot be set in the configuration.",
                "value",
            ),
        ),
        (json!({"name": "fail", "value": null}), refusal()),
        (
            json!({"name": "panic", "value": null}),
            panicked("ValidateEphemeralResourceConfig", "golden_token"),
        ),
        (
            json!({"name": "a"}),
            error(
                "Cannot Read the Configuration",
                "The value has no attribute \"value\".",
                "",
            ),
        ),
    ];
    for (config, expected) in table {
        let mut found = validated("golden_token", config).await;
        found.retain(|diagnostic| *diagnostic != deprecated());
        assert_eq!(found, [expected]);
    }
}

#[tokio::test]
async fn validate_ephemeral_resource_config_of_a_type_that_is_not_there_is_an_error() {
    let found = validated("golden_nothing", json!({})).await;
    assert_eq!(found, [unknown_type("ephemeral resource")]);
}
