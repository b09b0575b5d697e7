//! InvokeAction.

use terraform_client::proto::tfplugin6::{
    Diagnostic,
    invoke_action::{
        Event, Request,
        event::{Completed, Progress, Type},
    },
    stop_provider,
};

use super::golden::{
    Client, configured, error, events, msgpack, not_configured, panic, start, start_logging,
    unconfigured, unknown_type, warning,
};

fn request(from: u8, then: &str) -> Request {
    let then = match then {
        "" => vec![0xc0],
        then => [&[0xa0 | then.len() as u8], then.as_bytes()].concat(),
    };
    Request {
        action_type: "fixture_countdown".to_owned(),
        config: Some(msgpack(
            &[b"\x82\xa4from", &[from][..], b"\xa4then", &then].concat(),
        )),
        client_capabilities: None,
    }
}

fn progress(message: &str) -> Event {
    Event {
        r#type: Some(Type::Progress(Progress {
            message: message.to_owned(),
        })),
    }
}

fn completed(diagnostic: Option<Diagnostic>) -> Event {
    Event {
        r#type: Some(Type::Completed(Completed {
            diagnostics: diagnostic.into_iter().collect(),
        })),
    }
}

async fn invoke(client: &mut Client, request: Request) -> Vec<Event> {
    let stream = client.invoke_action(request).await.expect("a stream");
    events(stream.into_inner()).await
}

#[tokio::test]
async fn action_tells_its_progress_and_completes_once() {
    let countdown = "fixture_countdown";
    let table = [
        (
            "it goes well",
            request(2, ""),
            vec![progress("hello 2"), progress("hello 1"), completed(None)],
        ),
        ("without a word", request(0, ""), vec![completed(None)]),
        (
            "it fails",
            request(1, "fail"),
            vec![
                progress("hello 1"),
                completed(Some(error("Not Launched", "It rains."))),
            ],
        ),
        (
            "it fails and does not say why",
            request(0, "fail silently"),
            vec![completed(Some(error(
                "Bug in the Provider",
                "The action failed without saying why.\n\nThis is always a mistake in the \
                 provider; please report it.",
            )))],
        ),
        (
            "it panics",
            request(1, "panic"),
            vec![
                progress("hello 1"),
                completed(Some(panic("InvokeAction", countdown))),
            ],
        ),
        (
            "a configuration that is not known",
            Request {
                config: Some(msgpack(b"\x82\xa4from\xd4\0\0\xa4then\xc0")),
                ..request(0, "")
            },
            vec![completed(Some(error(
                "Configuration Not Known",
                "fixture_countdown can be invoked only when its whole configuration is known.",
            )))],
        ),
        (
            "a configuration of another shape",
            Request {
                config: Some(msgpack(b"\x82\xa4from\xa1x\xa4then\xc0")),
                ..request(0, "")
            },
            vec![completed(Some(super::golden::error_at(
                "from",
                "Cannot Read the Configuration",
                "The value of from is text that is no number.",
            )))],
        ),
        (
            "an action that is not there",
            Request {
                action_type: "fixture_none".to_owned(),
                ..request(0, "")
            },
            vec![completed(Some(unknown_type("action", "fixture_none")))],
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        assert_eq!(invoke(&mut client, request).await, expected, "{what}");
    }
}

#[tokio::test]
async fn provider_that_is_not_configured_does_nothing() {
    let plugin = start().await;
    let mut client = unconfigured(&plugin).await;
    assert_eq!(
        invoke(&mut client, request(1, "")).await,
        [completed(Some(not_configured()))]
    );
}

#[tokio::test]
async fn request_to_stop_reaches_the_action_and_it_completes() {
    let plugin = start_logging("info").await;
    let mut client = configured(&plugin).await;
    let mut stopper = client.clone();
    let invoking = tokio::spawn(async move { invoke(&mut client, request(1, "wait")).await });
    plugin
        .log_line("the action", |line| line.contains("\"waiting\""))
        .await;
    stopper
        .stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    let stopped = warning("Stopped", "There was a request to stop.");
    assert_eq!(
        invoking.await.expect("no panic"),
        [progress("hello 1"), completed(Some(stopped))]
    );
}

#[tokio::test]
async fn client_that_goes_away_cancels_the_action_and_it_comes_to_its_end() {
    let plugin = start_logging("info").await;
    let mut client = configured(&plugin).await;
    let stream = client
        .invoke_action(request(0, "wait"))
        .await
        .expect("a stream");
    plugin
        .log_line("the action", |line| line.contains("\"waiting\""))
        .await;
    drop(stream);
    plugin
        .log_line("the end of the action", |line| {
            line.contains("stopped waiting")
        })
        .await;
}
