//! ValidateDataResourceConfig.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    validate_data_resource_config::{Request, Response},
};

use super::message::{UNKNOWN, error, packed, panicked, refusal, started, unknown_type};

async fn validated(type_name: &str, config: Json) -> Vec<Diagnostic> {
    let request = Request {
        type_name: type_name.to_owned(),
        config: packed(config),
    };
    let mut golden = started().await;
    let answer = golden.client.validate_data_resource_config(request).await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

#[tokio::test]
async fn validate_data_resource_config_accepts_what_is_known_or_not() {
    for name in ["a", UNKNOWN] {
        let config = json!({"name": name, "seen": null});
        assert_eq!(validated("golden_look", config).await, []);
    }
}

#[tokio::test]
async fn validate_data_resource_config_reports_at_the_attribute() {
    let table = [
        (
            json!({"name": null, "seen": null}),
            error(
                "Missing Required Argument",
                "The argument name is required, but its value is null.",
                "name",
            ),
        ),
        (
            json!({"name": "a", "seen": UNKNOWN}),
            error(
                "Read-Only Argument",
                "The provider sets seen; it cannot be set in the configuration.",
                "seen",
            ),
        ),
        (json!({"name": "fail", "seen": null}), refusal()),
        (
            json!({"name": "panic", "seen": null}),
            panicked("ValidateDataResourceConfig", "golden_look"),
        ),
        (
            json!({"name": "a"}),
            error(
                "Cannot Read the Configuration",
                "The value has no attribute \"seen\".",
                "",
            ),
        ),
    ];
    for (config, expected) in table {
        assert_eq!(validated("golden_look", config).await, [expected]);
    }
}

#[tokio::test]
async fn validate_data_resource_config_of_a_type_that_is_not_there_is_an_error() {
    let found = validated("golden_nothing", json!({})).await;
    assert_eq!(found, [unknown_type("data source")]);
}
