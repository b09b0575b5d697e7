//! How a process ends, and what does not end it.

use std::time::Duration;

use serde_json::json;
use terraform_client::{
    As, Identity, PATIENCE, call, connect,
    proto::plugin::{
        Empty, grpc_broker_client::GrpcBrokerClient, grpc_controller_client::GrpcControllerClient,
        grpc_stdio_client::GrpcStdioClient,
    },
    proto::tfplugin6::{read_resource, stop_provider},
    provider, signal,
};
use tonic::Request;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{
    plugin::{is_gone, plugin_command, program, start, start_for, start_logging, start_with},
    rpc::{apply, configure, create, dynamic},
};

/// When Terraform kills a process that does not end.
const KILL: Duration = Duration::from_secs(2);

/// Less than operations under way get to stop: with none under way, nothing is waited for.
const AT_ONCE: Duration = Duration::from_millis(900);

#[tokio::test]
async fn shutdown_with_open_streams_ends_the_process_and_removes_the_socket() {
    let identity = Identity::generate();
    let mut plugin = start_for(&identity).await;
    let channel = connect(&plugin, As::Holder(&identity))
        .await
        .expect("a connection");
    let mut stdio = GrpcStdioClient::new(channel.clone())
        .stream_stdio(())
        .await
        .expect("an open stream")
        .into_inner();
    let mut broker = GrpcBrokerClient::new(channel.clone())
        .start_stream(Request::new(tokio_stream::pending()))
        .await
        .expect("an open stream")
        .into_inner();
    let folder = plugin.socket().parent().expect("a folder").to_owned();
    assert!(!is_gone(&folder));

    let reply = GrpcControllerClient::new(channel).shutdown(Empty {}).await;
    assert!(reply.is_ok(), "{reply:?}");
    let (status, took) = plugin.wait().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < AT_ONCE, "{took:?}");
    assert!(is_gone(&folder));
    assert!(matches!(stdio.message().await, Ok(None) | Err(_)));
    assert!(matches!(broker.message().await, Ok(None) | Err(_)));
}

#[tokio::test]
async fn shutdown_during_an_operation_ends_the_process_before_it_would_be_killed() {
    let mut plugin = start_logging("info").await;
    let channel = connect(&plugin, As::Plaintext).await.expect("a connection");
    let mut client = provider(&plugin).await;
    let operation = tokio::spawn(async move { apply(&mut client, &create("wait")).await });
    plugin
        .log_line("operation", |line| line.contains("waiting"))
        .await;

    let reply = GrpcControllerClient::new(channel).shutdown(Empty {}).await;
    assert!(reply.is_ok(), "{reply:?}");
    let (status, took) = plugin.wait().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < KILL, "{took:?}");
    // It was told to stop, and its answer still arrived.
    let answer = operation.await.expect("no panic").expect("an answer");
    assert_eq!(answer.diagnostics[0].summary, "Stopped");
}

#[tokio::test]
async fn interrupt_ends_what_only_looks_and_leaves_changes_and_the_process_alone() {
    let mut plugin = start_logging("info").await;
    let mut client = provider(&plugin).await;
    configure(&mut client).await;
    let (mut changer, mut reader) = (client.clone(), client.clone());
    let change = tokio::spawn(async move { apply(&mut changer, &create("wait")).await });
    plugin
        .log_line("change", |line| line.contains("waiting"))
        .await;
    let state = dynamic(json!({ "behavior": "wait", "text": null, "id": "made" }));
    let look = tokio::spawn(async move {
        reader
            .read_resource(read_resource::Request {
                type_name: "fixture_thing".to_owned(),
                current_state: Some(state),
                ..read_resource::Request::default()
            })
            .await
    });
    plugin
        .log_line("look", |line| {
            line.contains("waiting") && line.contains("ReadResource")
        })
        .await;

    plugin.signal("INT");
    plugin.signal("INT");
    let answer = look.await.expect("no panic").expect("an answer");
    assert_eq!(answer.into_inner().diagnostics[0].summary, "Stopped");
    assert!(!change.is_finished());
    client
        .stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    let answer = change.await.expect("no panic").expect("an answer");
    assert_eq!(answer.diagnostics[0].summary, "Stopped");
    assert!(plugin.is_running());
}

#[tokio::test]
async fn termination_ends_the_process_and_removes_the_socket() {
    let mut plugin = start().await;
    assert!(call(&plugin, As::Plaintext).await.is_ok());
    let folder = plugin.socket().parent().expect("a folder").to_owned();
    plugin.signal("TERM");
    let (status, took) = plugin.wait().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < AT_ONCE, "{took:?}");
    assert!(is_gone(&folder));
}

#[tokio::test]
async fn death_of_the_client_ends_the_process_and_removes_the_socket() {
    // A shell in the place of Terraform, which says who its child is and is then killed.
    let program = program();
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", r#""$0" & echo "$!" >&2; wait"#])
        .arg(program);
    let plugin_environment = plugin_command();
    for (name, value) in plugin_environment.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .kill_on_drop(true)
        .stdin(std::process::Stdio::null());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut shell = start_with(&mut command).await;
    let child = shell
        .log_line("process id", |line| line.parse::<u32>().is_ok())
        .await;
    let child: u32 = child.parse().expect("a number");
    assert!(call(&shell, As::Plaintext).await.is_ok());
    let folder = shell.socket().parent().expect("a folder").to_owned();

    signal(shell.id(), "KILL");
    shell.wait().await;
    let gone = async {
        while !is_gone(&folder) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, gone).await;
    if ended.is_err() {
        signal(child, "KILL");
        panic!("the process outlives its client");
    }
}

#[tokio::test]
async fn health_is_serving() {
    let plugin = start().await;
    let channel = connect(&plugin, As::Plaintext).await.expect("a connection");
    let health = HealthClient::new(channel)
        .check(HealthCheckRequest {
            service: "plugin".to_owned(),
        })
        .await
        .expect("an answer");
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
}

#[tokio::test]
async fn standard_output_carries_the_handshake_and_nothing_else() {
    let plugin = start_logging("trace").await;
    let mut client = provider(&plugin).await;
    assert!(apply(&mut client, &create("panic")).await.is_ok());
    let line = plugin.handshake.line.as_str();
    assert_eq!(plugin.output(), [line]);
}
