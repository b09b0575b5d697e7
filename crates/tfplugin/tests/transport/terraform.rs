//! A real client: `terraform` or `tofu`, whichever `TF_CLI` names or the PATH has.

use std::{fs, path::Path, process::Output};

use terraform_client::{Cli, Lines, PATIENCE, cli::write_dev_overrides, signal};
use tokio::process::Command;

use super::plugin::{command, program};

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    fixture = {
      source = "registry.terraform.io/tests/fixture"
    }
  }
}

provider "fixture" {
  greeting = "hello"
}

resource "fixture_thing" "it" {
  text = "toast"
}

data "fixture_echo" "it" {
  text = fixture_thing.it.text
}

output "answer" {
  value = data.fixture_echo.it.answer
}
"#;

/// A command of the client in a folder that holds nothing but the configuration.
fn run(folder: &Path, arguments: &[&str]) -> Command {
    fs::write(folder.join("main.tf"), CONFIGURATION).expect("the configuration is written");
    let cli = Cli::find().unwrap_or_else(|error| panic!("{error}"));
    let mut run = Command::from(cli.command(folder, arguments));
    run.env("TMPDIR", folder).kill_on_drop(true);
    run
}

/// Runs it to its end, and gives all that it said.
async fn output(command: &mut Command) -> (Output, String) {
    let output = command.output().await.expect("the client runs");
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output, String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn terraform_applies_and_then_plans_nothing_over_mutual_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("cli.tfrc");
    let program = program();
    write_dev_overrides(&settings, &[("tests/fixture", program.as_path())]).expect("the settings");

    let mut apply = run(folder.path(), &["apply", "-auto-approve"]);
    apply
        .env("TF_CLI_CONFIG_FILE", &settings)
        .env("TF_LOG", "debug");
    let (applied, text) = output(&mut apply).await;
    assert!(applied.status.success(), "{text}");
    assert!(text.contains("hello toast"), "{text}");
    // The client says so when it had to kill a process.
    assert!(!text.contains("plugin failed to exit gracefully"), "{text}");
    assert!(text.contains("tf_rpc=ApplyResourceChange"), "{text}");

    let mut plan = run(folder.path(), &["plan", "-detailed-exitcode"]);
    let (planned, text) = output(plan.env("TF_CLI_CONFIG_FILE", &settings)).await;
    assert_eq!(planned.status.code(), Some(0), "{text}");
    let left = |name: &str| name.starts_with("plugin");
    let files = fs::read_dir(folder.path()).expect("the folder");
    let files: Vec<_> = files
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .collect();
    assert!(!files.iter().any(|name| left(name)), "{files:?}");
}

#[tokio::test]
async fn terraform_reattaches_to_a_process_in_debug_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut provider = command();
    let mut provider = provider
        .arg("--debug")
        .env("TMPDIR", folder.path())
        .spawn()
        .expect("the fixture starts");
    let stdout = Lines::of(provider.stdout.take().expect("a pipe"));
    let line = stdout
        .find("variable", |line| line.contains("TF_REATTACH_PROVIDERS="))
        .await;
    let (_, value) = line.split_once('=').expect("a value");
    let value = value.trim_matches('\'');

    for arguments in [["apply", "-auto-approve"], ["plan", "-detailed-exitcode"]] {
        let mut run = run(folder.path(), &arguments);
        let (ran, text) = output(run.env("TF_REATTACH_PROVIDERS", value)).await;
        assert_eq!(ran.status.code(), Some(0), "{text}");
    }
    signal(provider.id().expect("the process runs"), "INT");
    let ended = tokio::time::timeout(PATIENCE, provider.wait()).await;
    let status = ended
        .expect("the process ends")
        .expect("its status is known");
    assert!(status.success());
}
