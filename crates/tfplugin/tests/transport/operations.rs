//! What happens to operations that panic, are stopped, lose their client, or are large.

use serde_json::json;
use terraform_client::{
    PATIENCE, Plugin,
    proto::tfplugin6::{DynamicValue, apply_resource_change, read_resource, stop_provider},
    provider,
};
use tfplugin::value::Value;

use super::{
    plugin::{start, start_logging},
    rpc::{apply, configure, create, dynamic, object, text, thing},
};

/// The state of a thing that behaves as told.
fn state(behavior: &str) -> DynamicValue {
    dynamic(json!({ "behavior": behavior, "text": null, "id": "made" }))
}

#[tokio::test]
async fn message_beyond_the_default_limit_passes_both_ways() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    let large = "x".repeat(20 * 1024 * 1024);
    let answer = client
        .read_resource(read_resource::Request {
            type_name: "fixture_thing".to_owned(),
            current_state: Some(dynamic(
                json!({ "behavior": null, "text": large, "id": "made" }),
            )),
            ..read_resource::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    let Value::Object(attributes) = thing(answer.new_state) else {
        panic!("an object")
    };
    assert!(
        attributes["text"] == Value::String(large),
        "the text is what it was"
    );
}

#[tokio::test]
async fn panic_fails_its_own_operation_and_no_other() {
    let plugin = start_logging("info").await;
    let mut client = provider(&plugin).await;
    let mut waiter = client.clone();
    let waiting = tokio::spawn(async move { apply(&mut waiter, &create("wait")).await });
    plugin
        .log_line("operation", |line| line.contains("waiting"))
        .await;

    let failed = apply(&mut client, &create("panic"))
        .await
        .expect("an answer");
    let [bug] = failed.diagnostics.as_slice() else {
        panic!("one diagnostic, not {:?}", failed.diagnostics)
    };
    assert_eq!(bug.summary, "Bug in the Provider");
    assert!(
        bug.detail.contains("the fixture was asked to"),
        "{}",
        bug.detail
    );
    assert!(bug.detail.contains("fixture_thing"), "{}", bug.detail);

    assert!(!waiting.is_finished(), "the other operation goes on");
    client
        .stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    let answer = waiting.await.expect("no panic").expect("an answer");
    assert_eq!(answer.diagnostics[0].summary, "Stopped");
}

#[tokio::test]
async fn panic_in_an_update_or_a_read_loses_neither_state_nor_private_part() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    let private = br#"{"kept":1}"#.to_vec();

    let updated = client
        .apply_resource_change(apply_resource_change::Request {
            type_name: "fixture_thing".to_owned(),
            prior_state: Some(state("calm")),
            planned_state: Some(state("panic")),
            config: Some(dynamic(
                json!({ "behavior": "panic", "text": null, "id": null }),
            )),
            planned_private: private.clone(),
            ..apply_resource_change::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(updated.diagnostics[0].summary, "Bug in the Provider");
    assert_eq!(thing(updated.new_state), thing(Some(state("calm"))));
    assert_eq!(updated.private, private);

    let read = client
        .read_resource(read_resource::Request {
            type_name: "fixture_thing".to_owned(),
            current_state: Some(state("panic")),
            private: private.clone(),
            ..read_resource::Request::default()
        })
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(read.diagnostics[0].summary, "Bug in the Provider");
    assert_eq!(thing(read.new_state), thing(Some(state("panic"))));
    assert_eq!(read.private, private);
}

#[tokio::test]
async fn stop_reaches_what_runs_and_what_starts_later_until_the_provider_is_configured_again() {
    let plugin = start_logging("info").await;
    let mut client = provider(&plugin).await;
    for _round in 0..2 {
        let mut waiter = client.clone();
        let before = waiting_records(&plugin);
        let waiting = tokio::spawn(async move { apply(&mut waiter, &create("wait")).await });
        // A stop of the round before would end this one without being asked.
        let started = async {
            while waiting_records(&plugin) == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, started)
            .await
            .expect("the operation starts");
        assert!(!waiting.is_finished());
        client
            .stop_provider(stop_provider::Request {})
            .await
            .expect("an answer");
        let answer = waiting.await.expect("no panic").expect("an answer");
        assert_eq!(answer.diagnostics[0].summary, "Stopped");
        let made = object(&[
            ("behavior", text("wait")),
            ("text", Value::Null),
            ("id", text("made")),
        ]);
        assert_eq!(thing(answer.new_state), made);
        let late = client.apply_resource_change(create("wait")).await;
        let late = late.expect("an answer").into_inner();
        assert_eq!(late.diagnostics[0].summary, "Stopped Before the Start");
    }
}

/// How many operations have said that they wait.
fn waiting_records(plugin: &Plugin) -> usize {
    plugin
        .log()
        .iter()
        .filter(|line| line.contains("\"waiting\""))
        .count()
}

#[tokio::test]
async fn operation_whose_client_goes_away_runs_to_its_end() {
    let plugin = start_logging("info").await;
    let mut client = provider(&plugin).await;
    let waiting = tokio::spawn(async move { apply(&mut client, &create("wait")).await });
    plugin
        .log_line("operation", |line| line.contains("\"waiting\""))
        .await;
    // Drops the call together with its connection.
    waiting.abort();
    assert!(waiting.await.is_err());

    let mut client = provider(&plugin).await;
    client
        .stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    plugin
        .log_line("end of the operation", |line| {
            line.contains("stopped waiting")
        })
        .await;
}
