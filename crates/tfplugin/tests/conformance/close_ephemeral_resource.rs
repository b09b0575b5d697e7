//! CloseEphemeralResource.

use terraform_client::proto::tfplugin6::{
    Diagnostic,
    close_ephemeral_resource::{Request, Response},
};

use super::message::{
    configured, not_configured, panicked, refusal, started, unknown_type, warning,
};

fn request(type_name: &str, private: &str) -> Request {
    Request {
        type_name: type_name.to_owned(),
        private: (!private.is_empty()).then(|| private.as_bytes().to_vec()),
    }
}

async fn closed(type_name: &str, private: &str) -> Vec<Diagnostic> {
    let request = request(type_name, private);
    let answer = configured()
        .await
        .client
        .close_ephemeral_resource(request)
        .await;
    let Response { diagnostics } = answer.expect("an answer").into_inner();
    diagnostics
}

#[tokio::test]
async fn close_ephemeral_resource_is_given_the_private_data() {
    assert_eq!(closed("golden_token", "").await, []);
    let expected = [warning("Closed", "It was open.", "")];
    assert_eq!(closed("golden_token", r#"{"a":true}"#).await, expected);
}

#[tokio::test]
async fn close_ephemeral_resource_that_fails_says_why() {
    let panic = panicked("CloseEphemeralResource", "golden_token");
    for (type_name, private, diagnostic) in [
        ("golden_token", r#"{"fail":true}"#, refusal()),
        ("golden_token", r#"{"panic":true}"#, panic),
        ("golden_nothing", "", unknown_type("ephemeral resource")),
    ] {
        assert_eq!(closed(type_name, private).await, [diagnostic]);
    }
    let early = request("golden_token", "");
    let early = started().await.client.close_ephemeral_resource(early).await;
    let early = early.expect("an answer").into_inner();
    assert_eq!(early.diagnostics, [not_configured()]);
}
