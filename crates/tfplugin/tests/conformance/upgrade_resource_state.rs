//! UpgradeResourceState.

use std::collections::BTreeMap;

use serde_json::json;
use terraform_client::proto::tfplugin6::{
    RawState,
    upgrade_resource_state::{Request, Response},
};

use super::message::{error, packed, panicked, raw, refusal, started, thing, unknown_type};

async fn upgraded(type_name: &str, version: i64, raw_state: Option<RawState>) -> Response {
    let request = Request {
        type_name: type_name.to_owned(),
        version,
        raw_state,
    };
    let answer = started().await.client.upgrade_resource_state(request).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn upgrade_resource_state_of_this_version_drops_what_is_not_in_the_schema() {
    let state = json!({"id": "1", "name": "a", "size": 4, "secret_wo": "leak", "gone": {"x": 1}});
    let expected = Response {
        upgraded_state: packed(thing(json!({"id": "1", "name": "a", "size": 4}))),
        diagnostics: Vec::new(),
    };
    assert_eq!(upgraded("golden_thing", 1, raw(state)).await, expected);
}

#[tokio::test]
async fn upgrade_resource_state_of_an_older_version_asks_the_author() {
    let expected = Response {
        upgraded_state: packed(thing(json!({"name": "a"}))),
        diagnostics: Vec::new(),
    };
    let state = raw(json!({"title": "a"}));
    assert_eq!(upgraded("golden_thing", 0, state).await, expected);
}

#[tokio::test]
async fn upgrade_resource_state_that_fails_says_why() {
    let flatmap = RawState {
        flatmap: BTreeMap::from([("id".to_owned(), "1".to_owned())]),
        ..RawState::default()
    };
    let cannot =
        |detail: &str, attribute: &str| error("Cannot Read the Stored State", detail, attribute);
    let table = [
        (0, raw(json!({"title": "fail"})), refusal()),
        (
            0,
            raw(json!({"title": "panic"})),
            panicked("UpgradeResourceState", "golden_thing"),
        ),
        (
            2,
            raw(json!({})),
            cannot(
                "The state of golden_thing has schema version 2, and version 1.2.3 of the provider \
                 knows versions up to 1 only. Use the version of the provider that wrote it, or a \
                 later one.",
                "",
            ),
        ),
        (
            1,
            raw(json!({"size": "many"})),
            cannot("The value of size is no number.", "size"),
        ),
        (
            1,
            Some(flatmap),
            cannot(
                "The state of golden_thing was written by Terraform 0.11 or older. Refresh it with \
                 Terraform 0.12 or later, and an older version of the provider, first.",
                "",
            ),
        ),
        (1, None, cannot("The value is not JSON.", "")),
    ];
    for (version, state, diagnostic) in table {
        let expected = Response {
            upgraded_state: None,
            diagnostics: vec![diagnostic],
        };
        assert_eq!(upgraded("golden_thing", version, state).await, expected);
    }
    let found = upgraded("golden_nothing", 0, raw(json!({}))).await;
    assert_eq!(found.diagnostics, [unknown_type("resource")]);
}
