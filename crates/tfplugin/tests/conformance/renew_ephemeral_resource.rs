//! RenewEphemeralResource.

use terraform_client::proto::tfplugin6::renew_ephemeral_resource::{Request, Response};

use super::message::{configured, not_configured, panicked, refusal, started, unknown_type};

fn request(type_name: &str, private: Option<&[u8]>) -> Request {
    Request {
        type_name: type_name.to_owned(),
        private: private.map(<[u8]>::to_vec),
    }
}

async fn renewed(type_name: &str, private: Option<&[u8]>) -> Response {
    let request = request(type_name, private);
    let answer = configured()
        .await
        .client
        .renew_ephemeral_resource(request)
        .await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn renew_ephemeral_resource_gives_private_data_and_the_next_time_if_any() {
    let first = Response {
        renew_at: Some(prost_types::Timestamp {
            seconds: 1_800_000_000,
            nanos: 0,
        }),
        private: Some(br#"{"renewed":true}"#.to_vec()),
        ..Response::default()
    };
    for private in [Some(&br#"{"a":true}"#[..]), Some(&[]), None] {
        assert_eq!(renewed("golden_token", private).await, first);
    }
    let last = Response {
        renew_at: None,
        ..first
    };
    let private = Some(&br#"{"renewed":true}"#[..]);
    assert_eq!(renewed("golden_token", private).await, last);
}

#[tokio::test]
async fn renew_ephemeral_resource_that_fails_says_why() {
    let panic = panicked("RenewEphemeralResource", "golden_token");
    for (type_name, private, diagnostic) in [
        ("golden_token", r#"{"fail":true}"#, refusal()),
        ("golden_token", r#"{"panic":true}"#, panic),
        ("golden_nothing", "", unknown_type("ephemeral resource")),
    ] {
        let expected = Response {
            diagnostics: vec![diagnostic],
            ..Response::default()
        };
        let found = renewed(type_name, Some(private.as_bytes())).await;
        assert_eq!(found, expected);
    }
    let found = renewed("golden_token", Some(b"?")).await;
    assert_eq!(found.diagnostics[0].summary, "Cannot Read the Private Data");
    let early = request("golden_token", None);
    let early = started().await.client.renew_ephemeral_resource(early).await;
    let early = early.expect("an answer").into_inner();
    assert_eq!(early.diagnostics, [not_configured()]);
}
