//! PlanAction.

use terraform_client::proto::tfplugin6::{
    ClientCapabilities, Diagnostic,
    plan_action::{Request, Response},
};

use super::golden::{
    configured, error, msgpack, not_configured, panic, start, unconfigured, unknown_type, warning,
};

fn request(action_type: &str, config: &[u8]) -> Request {
    Request {
        action_type: action_type.to_owned(),
        config: Some(msgpack(config)),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: true,
            ..ClientCapabilities::default()
        }),
    }
}

#[tokio::test]
async fn plan_of_an_action_is_what_its_author_says_and_never_deferred() {
    let countdown = "fixture_countdown";
    let table: [(&str, &[u8], Option<Diagnostic>); 5] = [
        (countdown, b"\x82\xa4from\x03\xa4then\xc0", None),
        (
            countdown,
            b"\x82\xa4from\xd4\0\0\xa4then\xc0",
            Some(warning("Not Known", "hello")),
        ),
        (
            countdown,
            b"\x82\xa4from\x03\xa4then\xa5panic",
            Some(panic("PlanAction", countdown)),
        ),
        (
            countdown,
            b"\x80",
            Some(error(
                "Cannot Read the Configuration",
                "The value has no attribute \"from\".",
            )),
        ),
        (
            "fixture_none",
            b"\x80",
            Some(unknown_type("action", "fixture_none")),
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (action_type, config, diagnostic) in table {
        let answer = client
            .plan_action(request(action_type, config))
            .await
            .expect("an answer");
        let expected = Response {
            diagnostics: diagnostic.into_iter().collect(),
            deferred: None,
        };
        assert_eq!(answer.into_inner(), expected, "{config:02x?}");
    }
}

#[tokio::test]
async fn provider_that_is_not_configured_plans_no_action() {
    let plugin = start().await;
    let answer = unconfigured(&plugin)
        .await
        .plan_action(request(
            "fixture_countdown",
            b"\x82\xa4from\x03\xa4then\xc0",
        ))
        .await
        .expect("an answer");
    assert_eq!(answer.into_inner().diagnostics, [not_configured()]);
}
