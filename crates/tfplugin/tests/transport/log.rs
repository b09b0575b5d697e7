//! What is on standard error, which Terraform reads line by line.

use serde_json::Value;
use terraform_client::{Plugin, proto::tfplugin6::call_function, provider};

use super::{
    plugin::{plugin_command, start, start_logging, start_with},
    rpc::{apply, create, dynamic},
};

/// The first record of an apply that has a message.
async fn record(plugin: &Plugin, message: &str) -> Value {
    let found = |line: &str| {
        let record: Value = serde_json::from_str(line).expect("every line is a record");
        record["tf_rpc"] == "ApplyResourceChange" && record["@message"] == message
    };
    let line = plugin.log_line(message, found).await;
    serde_json::from_str(&line).expect("every line is a record")
}

#[tokio::test]
async fn log_of_a_request_carries_what_terraform_and_a_reader_need() {
    let plugin = start_logging("TRACE").await;
    let mut client = provider(&plugin).await;
    apply(&mut client, &create("")).await.expect("an answer");

    let served = record(&plugin, "served request").await;
    assert_eq!(served["@level"], "debug");
    assert!(served["@module"].is_string());
    assert_eq!(served["tf_resource_type"], "fixture_thing");
    assert_eq!(
        served["tf_provider_addr"],
        "registry.terraform.io/tests/fixture"
    );
    assert!(served["tf_req_duration_ms"].is_u64(), "{served}");
    let id = served["tf_req_id"].as_str().expect("an id");
    assert_eq!(id.len(), "00000000-0000-0000-0000-000000000000".len());
    assert_eq!(record(&plugin, "received request").await["tf_req_id"], id);

    for line in plugin.log() {
        let record: Value = serde_json::from_str(&line).expect("every line is a record");
        for key in ["@level", "@message", "@timestamp"] {
            assert!(record[key].is_string(), "{key} in {line}");
        }
    }
}

#[tokio::test]
async fn log_of_the_provider_itself_is_tied_to_the_request() {
    let plugin = start_logging("info").await;
    let mut client = provider(&plugin).await;
    let mut stopper = client.clone();
    let operation = tokio::spawn(async move { apply(&mut client, &create("wait")).await });
    let waiting = record(&plugin, "waiting").await;
    assert_eq!(waiting["@module"], "transport_fixture");
    stopper
        .stop_provider(terraform_client::proto::tfplugin6::stop_provider::Request {})
        .await
        .expect("an answer");
    operation.await.expect("no panic").expect("an answer");
}

#[tokio::test]
async fn log_is_empty_when_nobody_asked_for_it() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    apply(&mut client, &create("")).await.expect("an answer");
    assert_eq!(plugin.log(), Vec::<String>::new());
}

#[tokio::test]
async fn log_level_of_this_provider_goes_before_that_of_all() {
    let mut command = plugin_command();
    command
        .env("TF_LOG", "trace")
        .env("TF_LOG_PROVIDER_FIXTURE", "error");
    let plugin = start_with(&mut command).await;
    let mut client = provider(&plugin).await;
    apply(&mut client, &create("")).await.expect("an answer");
    assert_eq!(plugin.log(), Vec::<String>::new());
}

#[tokio::test]
async fn panic_is_on_standard_error_in_the_form_that_terraform_collects() {
    let plugin = start().await;
    let mut client = provider(&plugin).await;
    let answer = client
        .call_function(call_function::Request {
            name: "shout".to_owned(),
            arguments: vec![dynamic("panic".into())],
        })
        .await
        .expect("an answer")
        .into_inner();
    let error = answer.error.expect("an error");
    assert!(error.text.contains("Bug in the Provider"), "{}", error.text);
    let line = plugin
        .log_line("panic", |line| line.starts_with("panic: "))
        .await;
    assert_eq!(line, "panic: the fixture was asked to");
    plugin
        .log_line("place", |line| line.contains("fixture/main.rs:"))
        .await;
}
