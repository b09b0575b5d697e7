//! ReadResource.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    read_resource::{Request, Response},
};

use super::message::{
    configured, deferring, error, not_configured, packed, panicked, refusal, started, thing,
    unknown_type,
};

const PRIVATE: &[u8] = br#"{"kept":1}"#;

fn request(state: Json) -> Request {
    Request {
        type_name: "golden_thing".to_owned(),
        current_state: packed(state),
        private: PRIVATE.to_vec(),
        client_capabilities: deferring(),
        ..Request::default()
    }
}

fn stays(state: Json, diagnostics: Vec<Diagnostic>) -> Response {
    Response {
        new_state: packed(state),
        diagnostics,
        private: PRIVATE.to_vec(),
        ..Response::default()
    }
}

async fn read(request: Request) -> Response {
    let answer = configured().await.client.read_resource(request).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn read_resource_gives_state_and_private_data_without_deferring() {
    let state = || thing(json!({"id": "1", "name": "a", "size": 4}));
    assert_eq!(read(request(state())).await, stays(state(), vec![]));
}

#[tokio::test]
async fn read_resource_of_what_is_gone_gives_null() {
    let state = thing(json!({"id": "1", "name": "gone"}));
    assert_eq!(read(request(state)).await, stays(json!(null), vec![]));
    let nothing = read(request(json!(null))).await;
    assert_eq!(nothing, stays(json!(null), vec![]));
}

#[tokio::test]
async fn read_resource_that_fails_keeps_state_and_private_data() {
    let table = [
        ("fail", refusal()),
        ("panic", panicked("ReadResource", "golden_thing")),
    ];
    for (name, diagnostic) in table {
        let state = || thing(json!({"id": "1", "name": name}));
        assert_eq!(
            read(request(state())).await,
            stays(state(), vec![diagnostic])
        );
    }
    let other = || json!({"name": "a"});
    let shape = error(
        "Cannot Read the State",
        "The value has no attribute \"id\".",
        "",
    );
    assert_eq!(read(request(other())).await, stays(other(), vec![shape]));
    let nothing = Request {
        type_name: "golden_nothing".to_owned(),
        ..request(other())
    };
    let expected = stays(other(), vec![unknown_type("resource")]);
    assert_eq!(read(nothing).await, expected);
}

#[tokio::test]
async fn read_resource_before_configure_is_an_error() {
    let state = || thing(json!({"id": "1", "name": "a"}));
    let mut golden = started().await;
    let answer = golden.client.read_resource(request(state())).await;
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer, stays(state(), vec![not_configured()]));
}

#[tokio::test]
async fn read_resource_with_private_data_that_cannot_be_read_is_an_error() {
    let state = || thing(json!({"id": "1", "name": "a"}));
    let mut request = request(state());
    request.private = b"?".to_vec();
    let found = read(request).await;
    assert_eq!(found.private, b"?");
    assert_eq!(found.new_state, packed(state()));
    assert_eq!(found.diagnostics[0].summary, "Cannot Read the Private Data");
}
