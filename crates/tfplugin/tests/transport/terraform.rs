//! A real client: `terraform` or `tofu`, whichever `TF_CLI` names or the PATH has.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Output,
};

use tokio::process::Command;

use super::process::{Lines, command, program, signal};

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

/// The client to test with. Where there is none the tests pass, and say so; in CI they fail.
pub async fn cli() -> Option<String> {
    let candidates = match env::var("TF_CLI") {
        Ok(cli) => vec![cli],
        Err(_) => vec!["terraform".to_owned(), "tofu".to_owned()],
    };
    for cli in &candidates {
        let version = Command::new(cli).arg("version").output().await;
        if version.is_ok_and(|version| version.status.success()) {
            return Some(cli.clone());
        }
    }
    assert!(
        env::var_os("CI").is_none(),
        "none of {candidates:?} is here"
    );
    eprintln!("none of {candidates:?} is here: not tested");
    None
}

/// Runs a command of the client in a folder that holds nothing but the configuration.
fn run(cli: &str, folder: &Path, arguments: &[&str]) -> Command {
    run_with(cli, folder, CONFIGURATION, arguments)
}

/// The same with another configuration.
pub fn run_with(cli: &str, folder: &Path, configuration: &str, arguments: &[&str]) -> Command {
    fs::write(folder.join("main.tf"), configuration).expect("the configuration is written");
    let mut run = Command::new(cli);
    run.args(arguments).current_dir(folder).kill_on_drop(true);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("TF_") {
            run.env_remove(name);
        }
    }
    run.env("CHECKPOINT_DISABLE", "1").env("TMPDIR", folder);
    run
}

/// Settings of the client that make it use a program for each of these providers of `tests`.
pub fn settings(folder: &Path, program: &Path, names: &[&str]) -> PathBuf {
    let mut overrides = String::new();
    for name in names {
        let binaries = folder.join("binaries").join(name);
        fs::create_dir_all(&binaries).expect("a folder");
        let link = binaries.join(format!("terraform-provider-{name}"));
        std::os::unix::fs::symlink(program, link).expect("a link");
        overrides.push_str(&format!(
            "    \"registry.terraform.io/tests/{name}\" = \"{}\"\n",
            binaries.display(),
        ));
    }
    let settings = folder.join("cli.tfrc");
    let text = format!(
        "provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
    );
    fs::write(&settings, text).expect("the settings are written");
    settings
}

/// Runs it to its end, and gives all that it said.
pub async fn output(command: &mut Command) -> (Output, String) {
    let output = command.output().await.expect("the client runs");
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output, String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn terraform_applies_and_then_plans_nothing_over_mutual_tls() {
    let Some(cli) = cli().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(folder.path(), program(), &["fixture"]);

    let mut apply = run(
        &cli,
        folder.path(),
        &["apply", "-auto-approve", "-no-color"],
    );
    apply
        .env("TF_CLI_CONFIG_FILE", &settings)
        .env("TF_LOG", "debug");
    let (applied, text) = output(&mut apply).await;
    assert!(applied.status.success(), "{text}");
    assert!(text.contains("hello toast"), "{text}");
    // The client says so when it had to kill a process.
    assert!(!text.contains("plugin failed to exit gracefully"), "{text}");
    assert!(text.contains("tf_rpc=ApplyResourceChange"), "{text}");

    let mut plan = run(
        &cli,
        folder.path(),
        &["plan", "-detailed-exitcode", "-no-color"],
    );
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
    let Some(cli) = cli().await else { return };
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

    for arguments in [
        ["apply", "-auto-approve", "-no-color"],
        ["plan", "-detailed-exitcode", "-no-color"],
    ] {
        let mut run = run(&cli, folder.path(), &arguments);
        let (ran, text) = output(run.env("TF_REATTACH_PROVIDERS", value)).await;
        assert_eq!(ran.status.code(), Some(0), "{text}");
    }
    signal(provider.id().expect("the process runs"), "INT");
    let ended = tokio::time::timeout(super::process::PATIENCE, provider.wait()).await;
    let status = ended
        .expect("the process ends")
        .expect("its status is known");
    assert!(status.success());
}
