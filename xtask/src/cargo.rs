//! Cargo, and builds of the provider.

use std::path::PathBuf;

use tokio::process::Command;

use crate::{
    failure::Failure,
    process::{self, Stream},
    screen::{Screen, Tone},
};

/// The package and the binary.
const PROVIDER: &str = "terraform-provider-rdsiam";

/// How the provider is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Fast to build.
    Dev,
    /// As it is shipped.
    Release,
}

/// Builds the provider, with progress; the path of its binary.
///
/// # Errors
/// When it does not build, with the whole output of cargo.
pub async fn build_provider(
    screen: &Screen,
    profile: Profile,
    announce: bool,
) -> Result<PathBuf, Failure> {
    let mut command = command();
    command
        .args(["build", "--package", PROVIDER, "--bin", PROVIDER])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--color",
            "never",
        ]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    let busy = screen.busy("Building the provider");
    let mut crates = 0_usize;
    let mut binary = None;
    let finished = process::run(command, |stream, line| match stream {
        Stream::Stdout => {
            if let Some(artifact) = artifact(line) {
                crates += 1;
                busy.doing(&format!("({crates} crates, {})", artifact.name));
                if artifact.name == PROVIDER && artifact.executable.is_some() {
                    binary = artifact.executable;
                }
            }
        }
        // "Downloading" and "Blocking waiting for file lock" are worth seeing, too.
        Stream::Stderr => busy.doing(&format!("({crates} crates, {})", line.trim())),
    })
    .await?;
    let took = busy.done();
    if !finished.status.success() {
        // Standard output is the list of artifacts, for programs.
        let output: Vec<&str> = finished
            .output
            .lines()
            .filter(|line| !line.starts_with('{'))
            .collect();
        return Err(Failure::new("the provider does not build").with_output(output.join("\n")));
    }
    let binary = binary.ok_or_else(|| {
        Failure::new(format!(
            "cargo built {PROVIDER} but did not say where it is"
        ))
    })?;
    if announce {
        let profile = match profile {
            Profile::Dev => "dev",
            Profile::Release => "release",
        };
        screen.timed(
            Tone::Plain,
            &format!("Provider built ({profile} profile)"),
            took,
        );
    }
    Ok(binary)
}

/// The cargo that runs this, in the workspace.
pub fn command() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

/// Something that cargo has built.
struct Artifact {
    name: String,
    executable: Option<PathBuf>,
}

/// Reads a message of cargo. <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>
fn artifact(line: &str) -> Option<Artifact> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    Some(Artifact {
        name: message["target"]["name"].as_str()?.to_owned(),
        executable: message["executable"].as_str().map(PathBuf::from),
    })
}

#[cfg(test)]
mod tests {
    use super::artifact;

    #[test]
    fn artifact_in_cargo_message_has_name_and_executable() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"x"},"executable":"/t/x"}"#;
        let found = artifact(line).expect("it is an artifact");
        assert_eq!(found.name, "x");
        assert_eq!(found.executable.as_deref(), Some("/t/x".as_ref()));
    }

    #[test]
    fn artifact_in_other_messages_is_none() {
        assert!(artifact(r#"{"reason":"build-finished","success":true}"#).is_none());
        assert!(artifact("Compiling x").is_none());
    }
}
