//! The configurations that `cargo xtask demo --keep` leaves: they work in a shell of which nothing is known.

use std::{fs, path::Path, process::Output};

use stage::{configuration, local_mirror};
use terraform_client::Cli;

use crate::support::{StandIn, any_major};

/// Runs the CLI as somebody does who has set nothing.
fn run(cli: &Cli, folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = cli.command(folder, arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = command.env("HOME", folder).output().expect("the CLI runs");
    let output = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&output).into_owned())
}

#[test]
fn kept_configuration_in_a_bare_shell_is_planned_with_nothing_to_fill_in() {
    let stand_in = StandIn::start(any_major());
    let text = configuration::demo(stand_in.connection(), stand_in.cluster());
    let folder = tempfile::tempdir().expect("a temporary directory");
    let cli = Cli::find().expect("there is a CLI");
    let version = cli.version().expect("the CLI says what it is");
    let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-rdsiam"));
    local_mirror::install(folder.path(), "rdsiam/rdsiam", provider, &version.platform)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let text = text.unwrap_or_else(|failure| panic!("{failure}"));
    fs::write(folder.path().join("main.tf"), text).expect("the folder can be written to");

    let (code, output) = run(&cli, folder.path(), &["init"]);
    assert_eq!(code, Some(0), "{output}");
    let (code, output) = run(&cli, folder.path(), &["plan", "-detailed-exitcode"]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("Plan: 2 to add, 0 to change, 0 to destroy."));
    // Who reads the server, too, has logged in.
    let (code, output) = run(&cli, folder.path(), &["apply", "-auto-approve"]);
    assert_eq!(code, Some(0), "{output}");
}

#[test]
fn kept_configurations_are_formatted_as_the_cli_does() {
    let stand_in = StandIn::without_server();
    let cluster = stand_in.cluster();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let cli = Cli::find().expect("there is a CLI");
    let connection = stand_in.connection();
    for text in [
        configuration::demo(connection, cluster),
        configuration::beside_aws(connection, cluster),
    ] {
        let text = text.unwrap_or_else(|failure| panic!("{failure}"));
        fs::write(folder.path().join("main.tf"), &text).expect("the folder can be written to");
        let (code, output) = run(&cli, folder.path(), &["fmt", "-check", "-diff"]);
        assert_eq!(code, Some(0), "{output}");
        assert!(text.contains(&connection.secret_access_key));
    }
}
