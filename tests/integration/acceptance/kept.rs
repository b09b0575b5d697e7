//! The configurations that `cargo xtask demo --keep` leaves: they work in a shell of which nothing is known.

use std::{fmt::Display, fs, path::Path, process::Output};

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

fn write(folder: &Path, text: Result<String, impl Display>) {
    let text = text.unwrap_or_else(|failure| panic!("{failure}"));
    fs::create_dir_all(folder).expect("a folder can be made");
    fs::write(folder.join("main.tf"), text).expect("the folder can be written to");
}

#[test]
fn kept_configurations_in_a_bare_shell_are_formatted_and_planned_with_nothing_to_fill_in() {
    let stand_in = StandIn::start(any_major());
    let (connection, cluster) = (stand_in.connection(), stand_in.cluster());
    let folder = tempfile::tempdir().expect("a temporary directory");
    write(folder.path(), configuration::demo(connection, cluster));
    write(
        &folder.path().join("beside-aws"),
        configuration::beside_aws(connection, cluster),
    );
    let cli = Cli::find().expect("there is a CLI");
    let version = cli.version().expect("the CLI says what it is");
    let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-rdsiam"));
    local_mirror::install(folder.path(), "rdsiam/rdsiam", provider, &version.platform)
        .unwrap_or_else(|failure| panic!("{failure}"));

    let run = |expected, arguments: &[&str]| {
        let (code, output) = run(&cli, folder.path(), arguments);
        assert_eq!(code, Some(expected), "{arguments:?}: {output}");
        output
    };
    run(0, &["fmt", "-check", "-diff", "-recursive"]);
    run(0, &["init"]);
    let plan = run(2, &["plan", "-detailed-exitcode"]);
    assert!(plan.contains("Plan: 2 to add, 0 to change, 0 to destroy."));
    // Only an apply logs in.
    run(0, &["apply", "-auto-approve"]);
}
