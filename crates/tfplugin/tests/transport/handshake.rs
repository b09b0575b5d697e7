//! What is on standard output, standard error and in the file system before the first call.

use std::{fs, os::unix::fs::PermissionsExt, process::Output};

use terraform_client::{As, call};

use super::plugin::{command, plugin_command, start_with};

async fn output(command: &mut tokio::process::Command) -> (Output, String, String) {
    let output = command.output().await.expect("the fixture runs");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, stdout, stderr)
}

#[tokio::test]
async fn start_by_hand_explains_itself_and_fails() {
    let (output, stdout, stderr) = output(&mut command()).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert!(
        stderr.contains("not meant to be started by hand"),
        "{stderr}"
    );
    assert!(stderr.contains("source = \"tests/fixture\""), "{stderr}");
    assert!(stderr.contains("dev_overrides"), "{stderr}");
}

#[tokio::test]
async fn start_with_another_cookie_is_a_start_by_hand() {
    let (output, stdout, stderr) = output(command().env("TF_PLUGIN_MAGIC_COOKIE", "x")).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert!(
        stderr.contains("not meant to be started by hand"),
        "{stderr}"
    );
}

#[tokio::test]
async fn version_and_help_are_printed_without_a_client() {
    let (version, stdout, _) = output(command().arg("--version")).await;
    assert!(version.status.success());
    assert_eq!(stdout, "terraform-provider-fixture 1.2.3\n");

    let (help, stdout, _) = output(command().arg("--help")).await;
    assert!(help.status.success());
    assert!(stdout.contains("--debug"), "{stdout}");
}

#[tokio::test]
async fn unknown_argument_is_named_and_fails() {
    let (output, stdout, stderr) = output(command().arg("--detach")).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert!(stderr.contains("--detach"), "{stderr}");
}

#[tokio::test]
async fn client_of_protocol_5_alone_is_told_what_it_lacks() {
    let (output, stdout, stderr) =
        output(plugin_command().env("PLUGIN_PROTOCOL_VERSIONS", "5,4")).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert!(stderr.contains("version 6"), "{stderr}");
}

#[tokio::test]
async fn client_certificate_that_is_none_fails_before_the_handshake() {
    let (output, stdout, stderr) =
        output(plugin_command().env("PLUGIN_CLIENT_CERT", "not a certificate")).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert!(stderr.contains("PLUGIN_CLIENT_CERT"), "{stderr}");
}

#[tokio::test]
async fn socket_is_for_its_user_alone_and_where_the_client_wants_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = plugin_command();
    let plugin = start_with(command.env("PLUGIN_UNIX_SOCKET_DIR", folder.path())).await;
    assert_eq!(plugin.handshake.network, "unix");
    let socket = plugin.socket();
    let parent = socket.parent().expect("a folder");
    assert_eq!(parent.parent(), Some(folder.path()));
    let mode = |path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(socket.as_path()), 0o600);
    assert_eq!(mode(parent), 0o700);
}

#[tokio::test]
async fn temporary_folder_with_long_name_is_avoided() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = folder.path().join("x".repeat(120));
    fs::create_dir(&long).expect("a long name");
    let mut plugin = start_with(plugin_command().env("TMPDIR", &long)).await;
    assert!(
        plugin.handshake.address.len() < 104,
        "{}",
        plugin.handshake.address
    );
    assert!(call(&plugin, As::Plaintext).await.is_ok());
    // Not killed, so that nothing is left in the folder that everybody uses.
    plugin.signal("TERM");
    plugin.wait().await;
}

#[tokio::test]
async fn socket_folder_with_long_name_is_an_error_that_names_the_variable() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = folder.path().join("x".repeat(120));
    fs::create_dir(&long).expect("a long name");
    let (output, _, stderr) = output(plugin_command().env("PLUGIN_UNIX_SOCKET_DIR", &long)).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("PLUGIN_UNIX_SOCKET_DIR"), "{stderr}");
}

#[tokio::test]
async fn client_that_asks_for_multiplexing_is_denied_it() {
    let mut command = plugin_command();
    let plugin = start_with(command.env("PLUGIN_MULTIPLEX_GRPC", "true")).await;
    assert!(
        plugin.handshake.line.ends_with("|grpc||false"),
        "{}",
        plugin.handshake.line
    );
}
