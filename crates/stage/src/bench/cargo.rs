//! Release builds of what is measured.

use std::path::PathBuf;

use tokio::process::Command;
use xtask::{
    failure::Failure,
    screen::{Screen, Tone},
};

use crate::{
    busy::Busy,
    process::{self, Stream},
};

/// Something to build.
struct Program {
    /// For the screen.
    title: &'static str,
    package: &'static str,
    /// The option of cargo that selects it.
    kind: &'static str,
    name: &'static str,
}

const PROVIDER: Program = Program {
    title: "provider",
    package: "terraform-provider-rdsiam",
    kind: "--bin",
    name: "terraform-provider-rdsiam",
};

const STAND_IN: Program = Program {
    title: "stand-in",
    package: "rds-emulator",
    kind: "--bin",
    name: "rds-emulator",
};

const TOASTER: Program = Program {
    title: "provider for toasters",
    package: "tfplugin",
    kind: "--example",
    name: "toaster",
};

/// Builds the provider, with progress; the path of its binary.
///
/// # Errors
/// When it does not build, with the whole output of cargo.
pub async fn build_provider(screen: &Screen, announce: bool) -> Result<PathBuf, Failure> {
    build(screen, &PROVIDER, announce).await
}

/// Builds the example provider of `tfplugin`, which has next to nothing to do; the path of its binary.
///
/// # Errors
/// When it does not build, with the whole output of cargo.
pub async fn build_toaster(screen: &Screen, announce: bool) -> Result<PathBuf, Failure> {
    build(screen, &TOASTER, announce).await
}

/// Builds the stand-in as a program of its own; the path of its binary.
///
/// # Errors
/// When it does not build, with the whole output of cargo.
pub async fn build_stand_in(screen: &Screen, announce: bool) -> Result<PathBuf, Failure> {
    build(screen, &STAND_IN, announce).await
}

async fn build(screen: &Screen, program: &Program, announce: bool) -> Result<PathBuf, Failure> {
    let Program {
        title,
        package,
        kind,
        name,
    } = program;
    let mut command = command();
    command
        .args(["build", "--release", "--package", package, kind, name])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--color",
            "never",
        ]);
    let busy = Busy::start(screen, &format!("Building the {title}"));
    let mut crates = 0_usize;
    let mut binary = None;
    let finished = process::run(command, |stream, line| match stream {
        Stream::Stdout => {
            if let Some(artifact) = artifact(line) {
                crates += 1;
                busy.doing(&format!("({crates} crates, {})", artifact.name));
                if artifact.name == *name && artifact.executable.is_some() {
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
        return Err(
            Failure::new(format!("the {title} does not build")).with_output(output.join("\n"))
        );
    }
    let binary = binary
        .ok_or_else(|| Failure::new(format!("cargo built {name} but did not say where it is")))?;
    if announce {
        screen.timed(
            Tone::Plain,
            &format!("Built the {title} (release profile)"),
            took,
        );
    }
    Ok(binary)
}

/// The cargo that runs this, in the workspace.
fn command() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
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
