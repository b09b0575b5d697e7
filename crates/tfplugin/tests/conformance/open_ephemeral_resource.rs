//! OpenEphemeralResource.

use serde_json::{Value as Json, json};
use terraform_client::{
    PATIENCE,
    proto::tfplugin6::{
        Diagnostic,
        open_ephemeral_resource::{Request, Response},
        stop_provider,
    },
};

use super::message::{
    UNKNOWN, configured, deferring, error, not_configured, packed, panicked, refusal, started,
    unknown_type,
};

fn request(type_name: &str, config: Json) -> Request {
    Request {
        type_name: type_name.to_owned(),
        config: packed(config),
        client_capabilities: deferring(),
    }
}

fn token(name: &str) -> Request {
    request("golden_token", json!({"name": name, "value": null}))
}

async fn opened(request: Request) -> Response {
    let answer = configured()
        .await
        .client
        .open_ephemeral_resource(request)
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
async fn open_ephemeral_resource_gives_result_private_data_and_time_without_deferring() {
    let expected = Response {
        renew_at: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 0,
        }),
        result: packed(json!({"name": "a", "value": "hello-a-token"})),
        private: Some(br#"{"a":true}"#.to_vec()),
        ..Response::default()
    };
    assert_eq!(opened(token("a")).await, expected);
    // Older clients say nothing of what they can do.
    let silent = Request {
        client_capabilities: None,
        ..token("a")
    };
    assert_eq!(opened(silent).await, expected);
}

#[tokio::test]
async fn open_ephemeral_resource_that_needs_no_renewal_has_neither_time_nor_private_data() {
    let expected = Response {
        result: packed(json!({"name": "forever", "value": "hello-forever-token"})),
        ..Response::default()
    };
    assert_eq!(opened(token("forever")).await, expected);
}

#[tokio::test]
async fn open_ephemeral_resource_that_fails_says_why() {
    let unknown = error(
        "Configuration Not Known",
        "golden_token cannot be opened before the value of name is known.",
        "name",
    );
    let shape = error(
        "Cannot Read the Configuration",
        "The value has no attribute \"value\".",
        "",
    );
    for (request, diagnostic) in [
        (token("fail"), refusal()),
        (
            token("panic"),
            panicked("OpenEphemeralResource", "golden_token"),
        ),
        (token(UNKNOWN), unknown),
        (request("golden_token", json!({"name": "a"})), shape),
        (
            request("golden_nothing", json!({})),
            unknown_type("ephemeral resource"),
        ),
    ] {
        assert_eq!(opened(request).await, failed(diagnostic));
    }
    let early = started()
        .await
        .client
        .open_ephemeral_resource(token("a"))
        .await;
    let early = early.expect("an answer").into_inner();
    assert_eq!(early, failed(not_configured()));
}

#[tokio::test]
async fn open_ephemeral_resource_is_stopped_with_the_provider() {
    let mut golden = configured().await;
    let mut waiter = golden.client.clone();
    let waiting = tokio::spawn(async move { waiter.open_ephemeral_resource(token("wait")).await });
    let waits = |line: &str| line.contains("\"waiting\"");
    let line = golden.plugin.log_line("a token that waits", waits).await;
    assert!(
        line.contains(r#""tf_ephemeral_resource_type":"golden_token""#),
        "{line}"
    );
    let stop = golden.client.stop_provider(stop_provider::Request {}).await;
    stop.expect("an answer");
    let answer = tokio::time::timeout(PATIENCE, waiting).await;
    let answer = answer.expect("it ends").expect("no panic");
    let expected = failed(error("Stopped", "It was asked to.", ""));
    assert_eq!(answer.expect("an answer").into_inner(), expected);
}

#[tokio::test]
async fn open_ephemeral_resource_whose_client_went_away_is_stopped_and_closed() {
    let golden = configured().await;
    let mut waiter = golden.client;
    let waiting = tokio::spawn(async move { waiter.open_ephemeral_resource(token("slow")).await });
    let waits = |line: &str| line.contains("\"waiting\"");
    golden.plugin.log_line("a token that waits", waits).await;
    // Drops the call together with its connection.
    waiting.abort();
    assert!(waiting.await.is_err());
    let closed = |line: &str| line.contains("\"is_slow\":true");
    golden
        .plugin
        .log_line("a token that is closed", closed)
        .await;
}
