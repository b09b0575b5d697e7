//! Debug mode: started by hand, found through `TF_REATTACH_PROVIDERS`.

use std::path::Path;

use serde_json::json;
use terraform_client::{
    Lines, PATIENCE, connect_in_plaintext,
    proto::tfplugin6::{
        get_provider_schema, provider_client::ProviderClient, read_data_source, stop_provider,
    },
    provider_on, signal,
};
use tokio::process::Child;
use tonic::transport::Channel;

use super::{
    plugin::{command, is_gone},
    rpc::{configure, configure_with, create, dynamic, echo},
};

/// A process in debug mode.
struct Debugged {
    child: Child,
    id: u32,
    socket: String,
    stderr: Lines,
}

impl Debugged {
    async fn start() -> Self {
        let mut command = command();
        let command = command.arg("--debug").env("TF_LOG", "info");
        let mut child = command.spawn().expect("the fixture starts");
        let stdout = Lines::of(child.stdout.take().expect("a pipe"));
        let stderr = Lines::of(child.stderr.take().expect("a pipe"));
        let line = stdout
            .find("variable", |line| {
                line.trim_start().starts_with("TF_REATTACH_PROVIDERS='")
            })
            .await;
        let value = line
            .trim_start()
            .trim_start_matches("TF_REATTACH_PROVIDERS=")
            .trim_matches('\'');
        let value: serde_json::Value = serde_json::from_str(value).expect("the value is JSON");
        let entry = &value["registry.terraform.io/tests/fixture"];
        let id = child.id().expect("the process runs");
        assert_eq!(entry["Pid"], id);
        assert_eq!(entry["ProtocolVersion"], 6);
        let socket = entry["Addr"]["String"].as_str().expect("a path").to_owned();
        Self {
            child,
            id,
            socket,
            stderr,
        }
    }

    /// A client on a connection of its own, as Terraform has one for each phase and provider block.
    async fn client(&self) -> ProviderClient<Channel> {
        let channel = connect_in_plaintext("unix", &self.socket).await;
        provider_on(channel.expect("a connection"))
    }

    /// How many operations have said that they wait.
    fn waiting(&self) -> usize {
        let lines = self.stderr.so_far();
        lines
            .iter()
            .filter(|line| line.contains("\"waiting\""))
            .count()
    }

    /// Completes once so many operations have said that they wait.
    async fn until_waiting(&self, operations: usize) {
        let waiting = async {
            while self.waiting() < operations {
                tokio::task::yield_now().await;
            }
        };
        let started = tokio::time::timeout(PATIENCE, waiting).await;
        started.expect("the operation starts");
    }
}

#[tokio::test]
async fn debug_mode_prints_how_to_reattach_and_serves_until_interrupted() {
    let mut process = Debugged::start().await;
    // Terraform keeps the process for all its phases.
    for _phase in ["plan", "apply"] {
        let schema = process
            .client()
            .await
            .get_provider_schema(get_provider_schema::Request {})
            .await
            .expect("a schema");
        assert!(
            schema
                .into_inner()
                .resource_schemas
                .contains_key("fixture_thing")
        );
    }

    signal(process.id, "INT");
    let ended = tokio::time::timeout(PATIENCE, process.child.wait()).await;
    let status = ended
        .expect("the process ends")
        .expect("its status is known");
    assert_eq!(status.code(), Some(0));
    assert!(is_gone(Path::new(&process.socket)));
}

#[tokio::test]
async fn each_connection_in_debug_mode_keeps_its_own_configuration() {
    let process = Debugged::start().await;
    let (mut german, mut english) = (process.client().await, process.client().await);
    configure_with(&mut german, "hallo").await;
    configure_with(&mut english, "hello").await;
    assert_eq!(echo(&mut german, "toast").await, "hallo toast");
    assert_eq!(echo(&mut english, "toast").await, "hello toast");

    // The same client, on another connection: it would be another process.
    let answer = process
        .client()
        .await
        .read_data_source(read_data_source::Request {
            type_name: "fixture_echo".to_owned(),
            config: Some(dynamic(json!({ "text": "toast", "answer": null }))),
            ..read_data_source::Request::default()
        })
        .await
        .expect("an answer");
    let diagnostics = answer.into_inner().diagnostics;
    assert_eq!(diagnostics[0].summary, "Provider Not Configured");
}

#[tokio::test]
async fn stop_on_one_connection_in_debug_mode_stops_the_operations_of_no_other() {
    let process = Debugged::start().await;
    let (mut one, mut other) = (process.client().await, process.client().await);
    configure(&mut one).await;
    configure(&mut other).await;
    let mut waiter = one.clone();
    let stopped = tokio::spawn(async move { waiter.apply_resource_change(create("wait")).await });
    let mut waiter = other.clone();
    let kept = tokio::spawn(async move { waiter.apply_resource_change(create("wait")).await });
    process.until_waiting(2).await;

    one.stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    let answer = stopped.await.expect("no panic").expect("an answer");
    assert_eq!(answer.into_inner().diagnostics[0].summary, "Stopped");
    let late = one.apply_resource_change(create("wait")).await;
    let late = late.expect("an answer").into_inner();
    assert_eq!(late.diagnostics[0].summary, "Stopped Before the Start");

    assert!(!kept.is_finished());
    let mut waiter = other.clone();
    let begun = tokio::spawn(async move { waiter.apply_resource_change(create("wait")).await });
    process.until_waiting(3).await;

    // The end of the process stops what is left.
    signal(process.id, "INT");
    for operation in [kept, begun] {
        let answer = operation.await.expect("no panic").expect("an answer");
        assert_eq!(answer.into_inner().diagnostics[0].summary, "Stopped");
    }
}
