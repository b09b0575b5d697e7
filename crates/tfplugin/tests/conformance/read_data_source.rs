//! ReadDataSource.

use serde_json::{Value as Json, json};
use terraform_client::proto::tfplugin6::{
    Diagnostic,
    read_data_source::{Request, Response},
};

use super::message::{
    configured, deferring, error, not_configured, packed, panicked, refusal, started, unknown_type,
};

fn request(type_name: &str, config: Json) -> Request {
    Request {
        type_name: type_name.to_owned(),
        config: packed(config),
        client_capabilities: deferring(),
        ..Request::default()
    }
}

async fn read(type_name: &str, config: Json) -> Response {
    let mut golden = configured().await;
    let answer = golden
        .client
        .read_data_source(request(type_name, config))
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
async fn read_data_source_gives_what_is_configured_and_what_was_read_without_deferring() {
    let expected = Response {
        state: packed(json!({"name": "a", "seen": "hello a"})),
        ..Response::default()
    };
    let found = read("golden_look", json!({"name": "a", "seen": null})).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn read_data_source_that_fails_says_why() {
    let shape = error(
        "Cannot Read the Configuration",
        "The value has no attribute \"seen\".",
        "",
    );
    let bug = panicked("ReadDataSource", "golden_look");
    for (type_name, config, diagnostic) in [
        (
            "golden_look",
            json!({"name": "fail", "seen": null}),
            refusal(),
        ),
        ("golden_look", json!({"name": "panic", "seen": null}), bug),
        ("golden_look", json!({"name": "a"}), shape),
        ("golden_nothing", json!({}), unknown_type("data source")),
    ] {
        assert_eq!(read(type_name, config).await, failed(diagnostic));
    }
    let request = request("golden_look", json!({"name": "a", "seen": null}));
    let early = started().await.client.read_data_source(request).await;
    let early = early.expect("an answer").into_inner();
    assert_eq!(early, failed(not_configured()));
}
