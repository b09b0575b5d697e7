//! The same provider with a real client: what only Terraform can say of ephemeral values, moves and
//! write-only values.

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use terraform_client::{Cli, cli::write_dev_overrides};
use tokio::process::Command;

use super::message::program;

const PROVIDERS: &str = r#"
terraform {
  required_providers {
    golden = {
      source = "registry.terraform.io/tests/golden"
    }
    other = {
      source = "registry.terraform.io/tests/other"
    }
  }
}
"#;

/// A folder with a state, and a client to work on it.
struct Work {
    cli: Cli,
    folder: TempDir,
    settings: PathBuf,
}

impl Work {
    fn new() -> Self {
        let cli = Cli::find().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().expect("a folder");
        let settings = folder.path().join("cli.tfrc");
        let program = program();
        let providers = ["tests/golden", "tests/other"].map(|source| (source, program.as_path()));
        write_dev_overrides(&settings, &providers).expect("the settings");
        Self {
            cli,
            folder,
            settings,
        }
    }

    /// Runs a command with a configuration, and gives its exit code and what it said.
    async fn run(&self, configuration: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let configuration = format!("{PROVIDERS}{configuration}");
        let folder = self.folder.path();
        fs::write(folder.join("main.tf"), configuration).expect("the configuration is written");
        let mut run = Command::from(self.cli.command(folder, arguments));
        run.env("TF_CLI_CONFIG_FILE", &self.settings)
            .env("TF_LOG_PROVIDER", "debug")
            .env("TMPDIR", folder)
            .kill_on_drop(true);
        let output = run.output().await.expect("the client runs");
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Applies a configuration, which must go well, and gives what was said.
    async fn apply(&self, configuration: &str) -> String {
        let arguments = ["apply", "-auto-approve"];
        let (code, text) = self.run(configuration, &arguments).await;
        assert_eq!(code, Some(0), "{text}");
        text
    }

    /// Plans a configuration: the exit code is 0 for nothing to do, and 2 for something.
    async fn plan(&self, configuration: &str) -> (Option<i32>, String) {
        let arguments = ["plan", "-detailed-exitcode"];
        self.run(configuration, &arguments).await
    }

    /// The state, in one form whatever the client writes.
    fn state(&self) -> String {
        let state = fs::read_to_string(self.folder.path().join("terraform.tfstate"));
        let state: serde_json::Value =
            serde_json::from_str(&state.expect("a state")).expect("it is JSON");
        format!("{state:#}")
    }
}

#[tokio::test]
async fn terraform_opens_renews_and_closes_an_ephemeral_resource_and_stores_nothing_of_it() {
    let work = Work::new();
    // The thing is made only once the token was renewed, and keeps the length of the token.
    let configuration = r#"
provider "golden" {
  greeting = "salut"
}

ephemeral "golden_token" "it" {
  name = "brief"
}

resource "golden_thing" "it" {
  name      = "patient"
  secret_wo = ephemeral.golden_token.it.value
}
"#;
    let said = work.apply(configuration).await;
    // The close is given what the open left; from OpenTofu what the renewal left.
    let closed = match work.cli.version().expect("a version").is_tofu() {
        true => "is_brief=false",
        false => "is_brief=true",
    };
    for part in [
        "tf_rpc=ValidateEphemeralResourceConfig",
        "tf_rpc=OpenEphemeralResource",
        "tf_rpc=RenewEphemeralResource",
        "tf_rpc=CloseEphemeralResource",
        "tf_ephemeral_resource_type=golden_token",
        closed,
        // The schema's warning.
        "Tokens are no more.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let token = "salut-brief-token";
    let state = work.state();
    assert!(!state.contains(token) && !said.contains(token));
    assert!(state.contains("\"secret_wo\": null"), "{state}");
    let (code, said) = work.plan(configuration).await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn terraform_replaces_for_a_write_only_value_when_the_provider_says_so() {
    let work = Work::new();
    let thing = |secret: &str, size: u8| {
        format!(
            "resource \"golden_thing\" \"it\" {{\n  name      = \"a\"\n  size      = {size}\n  \
             secret_wo = \"{secret}\"\n}}\n"
        )
    };
    work.apply(&thing("short", 1)).await;
    let (code, said) = work.plan(&thing("other", 1)).await;
    assert_eq!(code, Some(0), "as long as before: {said}");
    let (code, said) = work.plan(&thing("longer", 1)).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("must be replaced"), "{said}");
}

#[tokio::test]
async fn terraform_moves_between_types_of_one_provider() {
    moves("golden").await;
}

#[tokio::test]
async fn terraform_moves_from_another_provider() {
    moves("other").await;
}

/// Moves an old resource of a provider to a thing.
async fn moves(from: &str) {
    let work = Work::new();
    let old =
        format!("resource \"golden_old\" \"a\" {{\n  provider = {from}\n  name     = \"a\"\n}}\n");
    work.apply(&old).await;
    let thing = r#"
resource "golden_thing" "b" {
  name = "a"
}

moved {
  from = golden_old.a
  to   = golden_thing.b
}
"#;
    let said = work.apply(thing).await;
    for part in [
        "golden_old.a has moved to golden_thing.b",
        "0 added, 0 changed, 0 destroyed",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.contains("tf_rpc=MoveResourceState"), "{said}");
    let state = work.state();
    assert!(state.contains("\"id\": \"id-a\""), "{state}");
    let (code, said) = work.plan(thing).await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn terraform_refuses_a_move_from_what_is_not_a_source_with_the_words_of_the_provider() {
    let work = Work::new();
    work.apply("resource \"golden_thing\" \"a\" {\n  name = \"a\"\n}\n")
        .await;
    let back = r#"
resource "golden_old" "b" {
  name = "a"
}

moved {
  from = golden_thing.a
  to   = golden_old.b
}
"#;
    let (code, said) = work.plan(back).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Cannot Move the Resource"), "{said}");
    let words: Vec<_> = said
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect();
    let words = words.join(" ");
    assert!(
        words.contains("golden_old cannot take over the state of golden_thing"),
        "{words}"
    );
}

#[tokio::test]
async fn terraform_calls_a_function_with_variadic_and_null_arguments() {
    let work = Work::new();
    let said = work
        .apply("output \"it\" {\n  value = provider::golden::join(\"-\", \"a\", null, \"b\")\n}\n")
        .await;
    assert!(said.contains("it = \"a-b\""), "{said}");
    let (code, said) = work
        .plan("output \"it\" {\n  value = provider::golden::join(\"-\", \"a\", \"fail\")\n}\n")
        .await;
    assert_eq!(code, Some(1), "{said}");
    let words: Vec<_> = said
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect();
    let words = words.join(" ");
    assert!(
        words.contains("Invalid value for \"part\" parameter: it was asked to"),
        "{words}"
    );
}
