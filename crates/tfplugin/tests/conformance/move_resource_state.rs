//! MoveResourceState.

use serde_json::json;
use terraform_client::proto::tfplugin6::{
    Diagnostic, RawState,
    move_resource_state::{Request, Response},
};

use super::message::{error, packed, panicked, raw, refusal, started, thing, unknown_type};

/// A state of `golden_old`, as another provider of that type stored it.
fn request(name: &str) -> Request {
    Request {
        source_provider_address: "registry.terraform.io/tests/other".to_owned(),
        source_type_name: "golden_old".to_owned(),
        source_schema_version: 0,
        source_state: raw(json!({ "name": name })),
        target_type_name: "golden_thing".to_owned(),
        source_private: br#"{"kept":1,"stamp":1}"#.to_vec(),
        source_identity: None,
        source_identity_schema_version: 0,
    }
}

/// The provider is not configured: Terraform asks before it does that.
async fn moved(request: Request) -> Response {
    let answer = started().await.client.move_resource_state(request).await;
    answer.expect("an answer").into_inner()
}

fn failed(diagnostic: Diagnostic) -> Response {
    Response {
        diagnostics: vec![diagnostic],
        ..Response::default()
    }
}

#[tokio::test]
async fn move_resource_state_gives_state_and_private_data_without_write_only_values() {
    let expected = Response {
        target_state: packed(thing(json!({"id": "id-a", "name": "a", "size": 10}))),
        target_private: br#"{"kept":1,"secret_length":null}"#.to_vec(),
        ..Response::default()
    };
    assert_eq!(moved(request("a")).await, expected);
    // An identity that is sent empty is none.
    let with_empty_identity = Request {
        source_identity: Some(RawState::default()),
        ..request("a")
    };
    assert_eq!(moved(with_empty_identity).await, expected);
}

#[tokio::test]
async fn move_resource_state_from_what_is_not_a_source_names_both_types() {
    let refused = |detail: &str| failed(error("Cannot Move the Resource", detail, ""));
    let other_type = Request {
        source_type_name: "other_thing".to_owned(),
        ..request("a")
    };
    let expected = refused(
        "golden_thing cannot take over the state of other_thing from \
         registry.terraform.io/tests/other. It does so for golden_old from tests/golden, golden_old \
         from registry.terraform.io/tests/other. Instead of moving, remove the old resource from \
         the state with a \"removed\" block, and import the new one.",
    );
    assert_eq!(moved(other_type).await, expected);
    let other_version = Request {
        source_schema_version: 1,
        ..request("a")
    };
    let expected = refused(
        "The state of golden_old from registry.terraform.io/tests/other has schema version 1, and \
         golden_thing takes over versions 0 only. Use a version of either provider that goes with \
         the other.",
    );
    assert_eq!(moved(other_version).await, expected);
    let other_target = Request {
        target_type_name: "golden_old".to_owned(),
        ..request("a")
    };
    let expected = refused(
        "golden_old cannot take over the state of golden_old from \
         registry.terraform.io/tests/other. Instead of moving, remove the old resource from the \
         state with a \"removed\" block, and import the new one.",
    );
    assert_eq!(moved(other_target).await, expected);
}

#[tokio::test]
async fn move_resource_state_that_fails_says_why() {
    assert_eq!(moved(request("fail")).await, failed(refusal()));
    let bug = panicked("MoveResourceState", "golden_thing");
    assert_eq!(moved(request("panic")).await, failed(bug));
    let nothing = Request {
        target_type_name: "golden_nothing".to_owned(),
        ..request("a")
    };
    assert_eq!(moved(nothing).await, failed(unknown_type("resource")));
}

#[tokio::test]
async fn move_resource_state_from_a_state_that_cannot_be_read_says_why() {
    let flatmap = RawState {
        flatmap: [("name".to_owned(), "a".to_owned())].into(),
        ..RawState::default()
    };
    let broken = RawState {
        json: b"{".to_vec(),
        ..RawState::default()
    };
    for (source_state, part) in [
        (Some(flatmap), "Terraform 0.11"),
        (Some(broken), "not JSON"),
        (None, "not JSON"),
    ] {
        let request = Request {
            source_state,
            ..request("a")
        };
        let found = moved(request).await;
        assert_eq!(found.target_state, None);
        let [diagnostic] = found.diagnostics.as_slice() else {
            panic!("one diagnostic, not {:?}", found.diagnostics)
        };
        assert_eq!(diagnostic.summary, "Cannot Move the Resource");
        assert!(diagnostic.detail.contains(part), "{}", diagnostic.detail);
    }
}
