//! ValidateResourceConfig.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    ClientCapabilities, Diagnostic,
    attribute_path::{Step, step::Selector},
    validate_resource_config::{Request, Response},
};

use super::message::{
    UNKNOWN, deferring, error, packed, panicked, refusal, started, thing, unknown_type, warning,
};

async fn validated(
    type_name: &str,
    config: Json,
    client_capabilities: Option<ClientCapabilities>,
) -> Vec<Diagnostic> {
    let request = Request {
        type_name: type_name.to_owned(),
        config: packed(config),
        client_capabilities,
    };
    let answer = started()
        .await
        .client
        .validate_resource_config(request)
        .await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

async fn thing_validated(said: Json) -> Vec<Diagnostic> {
    validated("golden_thing", thing(said), deferring()).await
}

#[tokio::test]
async fn validate_resource_config_accepts_what_is_known_or_not() {
    let part = json!({"label": UNKNOWN, "made": null});
    for said in [
        json!({"name": "a", "secret_wo": "s", "part": [part]}),
        json!({"name": UNKNOWN, "size": UNKNOWN, "part": UNKNOWN, "rule": UNKNOWN}),
    ] {
        assert_eq!(thing_validated(said).await, []);
    }
}

#[tokio::test]
async fn validate_resource_config_reports_at_the_attribute_before_it_asks_the_author() {
    let table = [
        (
            json!({}),
            error(
                "Missing Required Argument",
                "The argument name is required, but its value is null.",
                "name",
            ),
        ),
        (
            json!({"name": "a", "id": "mine"}),
            error(
                "Read-Only Argument",
                "The provider sets id; it cannot be set in the configuration.",
                "id",
            ),
        ),
        (
            json!({"name": "far too long"}),
            error(
                "Invalid Attribute Value",
                "The value of name must have 1 to 8 characters.",
                "name",
            ),
        ),
        (json!({"name": "fail"}), refusal()),
        (
            json!({"name": "panic"}),
            panicked("ValidateResourceConfig", "golden_thing"),
        ),
    ];
    for (said, expected) in table {
        assert_eq!(thing_validated(said).await, [expected]);
    }
}

#[tokio::test]
async fn validate_resource_config_reports_inside_nested_attributes() {
    let said =
        json!({"name": "a", "part": [{"label": "x", "made": null}, {"label": null, "made": null}]});
    let [missing] = &thing_validated(said).await[..] else {
        panic!("one diagnostic")
    };
    let steps = &missing.attribute.as_ref().expect("a path").steps;
    let expected = [
        Selector::AttributeName("part".to_owned()),
        Selector::ElementKeyInt(1),
        Selector::AttributeName("label".to_owned()),
    ];
    let expected = expected.map(|selector| Step {
        selector: Some(selector),
    });
    assert_eq!(steps[..], expected);
}

#[tokio::test]
async fn validate_resource_config_warns_of_what_is_deprecated() {
    let said = json!({"name": "a", "old": "x", "rule": [{"allow": "all"}]});
    let expected = [
        warning(
            "Deprecated Argument",
            "The argument old is deprecated. Use name.",
            "old",
        ),
        warning(
            "Deprecated Block",
            "The block rule is deprecated. Rules are no more.",
            "rule",
        ),
    ];
    assert_eq!(thing_validated(said).await, expected);
    let expected = [warning("Deprecated", "Use golden_thing.", "")];
    let found = validated("golden_old", json!({"name": "a"}), None).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn validate_resource_config_refuses_write_only_values_from_a_client_that_has_none() {
    let expected = [error(
        "Write-Only Argument Not Supported",
        "The argument secret_wo is write-only, which needs Terraform 1.11 or later, or OpenTofu \
         1.11 or later.",
        "secret_wo",
    )];
    let config = || thing(json!({"name": "a", "secret_wo": "s"}));
    let none = Some(ClientCapabilities::default());
    for capabilities in [None, none] {
        let found = validated("golden_thing", config(), capabilities).await;
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn validate_resource_config_of_another_shape_or_type_is_an_error() {
    let found = validated("golden_nothing", json!({}), None).await;
    assert_eq!(found, [unknown_type("resource")]);
    let expected = error(
        "Cannot Read the Configuration",
        "The value has no attribute \"name\".",
        "",
    );
    assert_eq!(validated("golden_old", json!({}), None).await, [expected]);
}
