//! The Terraform or OpenTofu command line on the screen: what is typed, and the essence of what it says.

use std::{ffi::OsString, path::Path, time::Duration};

use terraform_client::{Cli, cli::Version};
use tokio::process::Command;
use xtask::{
    failure::{Context, Failure},
    screen::Screen,
};

use crate::{busy::Busy, process};

/// The one variable for Terraform that the caller sets for it here, too.
const LOG: &str = "TF_LOG";

/// An installed CLI.
pub struct TerraformCli {
    cli: Cli,
    /// What it says of itself.
    pub version: Version,
}

/// A directory with a configuration, and what the CLI needs to know in it.
pub struct Place<'a> {
    /// The configuration's directory.
    pub directory: &'a Path,
    /// Environment variables in place of the caller's.
    pub environment: &'a [(String, OsString)],
}

/// What a CLI command did.
pub struct Run {
    /// The command, as one would type it.
    pub command: String,
    /// The exit code.
    pub code: i32,
    /// Both outputs.
    pub output: String,
    /// How long it took.
    pub took: Duration,
}

impl TerraformCli {
    /// `TF_CLI`, or `terraform`, or `tofu`.
    ///
    /// # Errors
    /// When there is none, with how to install one.
    pub fn find() -> Result<Self, Failure> {
        let cli = Cli::find()?;
        let version = cli.version()?;
        Ok(Self { cli, version })
    }

    /// Such as `terraform`.
    pub fn name(&self) -> String {
        self.cli.name()
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        self.cli.program()
    }

    /// Runs a command; questions and colours are off.
    ///
    /// # Errors
    /// When the exit code is none of the expected ones, with the whole output.
    pub async fn run(
        &self,
        screen: &Screen,
        place: &Place<'_>,
        arguments: &[&str],
        expected: i32,
    ) -> Result<Run, Failure> {
        let mut command = Command::from(self.cli.command(place.directory, arguments));
        command.envs(place.environment.iter().map(|(name, value)| (name, value)));
        if let Some(level) = std::env::var_os(LOG) {
            command.env(LOG, level);
        }
        let typed = format!("{} {}", self.cli.name(), arguments.join(" "));
        let busy = Busy::start(screen, &typed);
        let finished = process::run(command, |_, line| busy.doing(line.trim())).await?;
        let took = busy.done();
        let code = finished.status.code().unwrap_or(-1);
        if code != expected {
            return Err(Failure::new(format!(
                "`{typed}` ended with exit code {code}, where {expected} was expected"
            ))
            .with_output(finished.output));
        }
        Ok(Run {
            command: typed,
            code,
            output: finished.output,
            took,
        })
    }
}

impl Run {
    /// The lines of a plan or an apply that say what happens, with the rest left out.
    pub fn essence(&self) -> Vec<String> {
        essence(&self.output)
    }

    /// Whether a line of the planned changes is this one, whatever its alignment.
    pub fn plans(&self, change: &str) -> bool {
        planned(&self.output).any(|line| words(line) == change)
    }

    /// This run, whose output must contain a text.
    ///
    /// # Errors
    /// When it does not, with the whole output.
    pub fn says(&self, text: &str) -> Result<(), Failure> {
        match self.output.contains(text) {
            true => Ok(()),
            false => Err(self.fail(&format!("does not say {text:?}"))),
        }
    }

    /// What the first error of this run says, without its place in the configuration.
    pub fn error(&self) -> Vec<String> {
        error(&self.output)
    }

    /// A failure of this run.
    pub fn fail(&self, what: &str) -> Failure {
        Failure::new(format!("`{}` {what}", self.command)).with_output(&self.output)
    }
}

/// The lines after the announcement of the planned changes, which leaves out what is shown of
/// changes outside of Terraform.
fn planned(output: &str) -> impl Iterator<Item = &str> {
    let start = output
        .find(" will perform the following actions")
        .unwrap_or_default();
    output[start..].lines()
}

fn essence(output: &str) -> Vec<String> {
    planned(output)
        .filter(|line| {
            let text = line.trim_start();
            let assigns = text.contains(" = ")
                && !text.contains("(known after apply)")
                // What opens here is not shown to its end.
                && !text.ends_with(['[', '{']);
            let planned = text.starts_with("# ") && text.contains(" will be ");
            let changed = text.starts_with("~ ") && text.contains(" -> ");
            let added = text.starts_with("+ ") && assigns;
            planned
                || changed
                || added
                || text.contains(" complete after ")
                || [
                    "Plan: ",
                    "No changes.",
                    "Apply complete!",
                    "Destroy complete!",
                    "- Installed ",
                ]
                .iter()
                .any(|start| text.starts_with(start))
                || (text.contains("Warning: ") && !text.contains("Incomplete lock file"))
        })
        .map(|line| line.trim_start_matches('│').trim_end().to_owned())
        .collect()
}

/// The title of the first error and its text; between them is where it is, and a blank line around that.
fn error(output: &str) -> Vec<String> {
    let mut lines = output
        .lines()
        .map(|line| line.trim_start_matches('│').trim())
        .skip_while(|line| !line.starts_with("Error: "))
        .take_while(|line| !line.starts_with('╵'));
    let title = lines.next().map(str::to_owned);
    let parts: Vec<&str> = lines.collect();
    let mut parts = parts
        .split(|line| line.is_empty())
        .filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let text = match first.first() {
        Some(line) if line.starts_with("with ") || line.starts_with("on ") => {
            parts.next().unwrap_or_default()
        }
        _ => first,
    };
    title
        .into_iter()
        .chain(text.iter().map(|line| (*line).to_owned()))
        .collect()
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A string in the configuration language, in quotes.
///
/// # Errors
/// When the text has no JSON form, which every string has.
pub fn quote(text: &str) -> Result<String, Failure> {
    let quoted = serde_json::to_string(text).context("quoting a string")?;
    Ok(quoted.replace("${", "$${").replace("%{", "%%{"))
}

#[cfg(test)]
mod tests {
    use super::{Run, error, essence, quote};

    const DRIFT: &str = r#"
Note: Objects have changed outside of Terraform

  # rdsiam_replication_parameter.this has changed
  ~ resource "rdsiam_replication_parameter" "this" {
      ~ enabled              = true -> false
    }

Terraform will perform the following actions:

  # rdsiam_replication_parameter.this will be updated in-place
  ~ resource "rdsiam_replication_parameter" "this" {
      ~ enabled              = false -> true
        id                   = "cluster/orders"
      + new                  = (known after apply)
    }

Plan: 0 to add, 1 to change, 0 to destroy.
"#;

    #[test]
    fn essence_of_a_drift_plan_is_the_planned_change_only() {
        assert_eq!(
            essence(DRIFT),
            [
                "  # rdsiam_replication_parameter.this will be updated in-place",
                "      ~ enabled              = false -> true",
                "Plan: 0 to add, 1 to change, 0 to destroy.",
            ]
        );
    }

    #[test]
    fn error_is_its_title_and_text_without_its_place() {
        let output = "\nApplying\n╷\n│ Error: Updating slot \"s\"\n│ \n│   with rdsiam_replication_slot.s,\n\
                      │   on main.tf line 4, in resource:\n│    4: resource {\n│ \n│ The slot is missing, and was not\n\
                      │ made again.\n╵\n";
        let expected = [
            "Error: Updating slot \"s\"",
            "The slot is missing, and was not",
            "made again.",
        ];
        assert_eq!(error(output), expected);
        assert_eq!(
            error("╷\n│ Error: No\n│ \n│ Text.\n╵\n"),
            ["Error: No", "Text."]
        );
        assert!(error("Apply complete!").is_empty());
    }

    #[test]
    fn plans_with_other_alignment_finds_the_planned_change_only() {
        let run = Run {
            command: String::new(),
            code: 2,
            output: DRIFT.to_owned(),
            took: std::time::Duration::ZERO,
        };
        assert!(run.plans("~ enabled = false -> true"));
        assert!(!run.plans("~ enabled = true -> false"));
    }

    #[test]
    fn quote_with_templates_and_quotes_escapes_them() {
        let quoted = quote("C:\\a \"${b}\" %{c}").map_err(|failure| failure.to_string());
        assert_eq!(quoted.as_deref(), Ok(r#""C:\\a \"$${b}\" %%{c}""#));
    }
}
