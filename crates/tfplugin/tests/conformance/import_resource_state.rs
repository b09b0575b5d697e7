//! ImportResourceState.

use serde_json::json;
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    import_resource_state::{ImportedResource, Request, Response},
};

use super::message::{
    configured, deferring, error, not_configured, packed, panicked, refusal, started, thing,
    unknown_type,
};

fn request(type_name: &str, id: &str) -> Request {
    Request {
        type_name: type_name.to_owned(),
        id: id.to_owned(),
        client_capabilities: deferring(),
        ..Request::default()
    }
}

async fn imported(type_name: &str, id: &str) -> Response {
    let mut golden = configured().await;
    let answer = golden
        .client
        .import_resource_state(request(type_name, id))
        .await;
    answer.expect("an answer").into_inner()
}

fn failed(diagnostic: Diagnostic) -> Response {
    Response {
        diagnostics: vec![diagnostic],
        ..Response::default()
    }
}

#[tokio::test]
async fn import_resource_state_gives_one_stub_without_write_only_values() {
    let expected = Response {
        imported_resources: vec![ImportedResource {
            type_name: "golden_thing".to_owned(),
            state: packed(thing(json!({"id": "mine"}))),
            private: br#"{"secret_length":null}"#.to_vec(),
            identity: None,
        }],
        ..Response::default()
    };
    assert_eq!(imported("golden_thing", "mine").await, expected);
}

#[tokio::test]
async fn import_resource_state_that_fails_says_why() {
    let unsupported = error(
        "Resource Import Not Supported",
        "golden_old cannot be imported (the id was \"mine\").",
        "",
    );
    for (type_name, id, diagnostic) in [
        ("golden_thing", "fail", refusal()),
        (
            "golden_thing",
            "panic",
            panicked("ImportResourceState", "golden_thing"),
        ),
        ("golden_old", "mine", unsupported),
        ("golden_nothing", "mine", unknown_type("resource")),
    ] {
        assert_eq!(imported(type_name, id).await, failed(diagnostic));
    }
    let mut golden = started().await;
    let early = golden
        .client
        .import_resource_state(request("golden_thing", "mine"));
    let early = early.await.expect("an answer").into_inner();
    assert_eq!(early, failed(not_configured()));
}
