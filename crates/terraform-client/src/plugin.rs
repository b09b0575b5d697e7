//! A provider's process, started as Terraform starts it.

use std::{
    ffi::OsStr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use terraform_cli::is_foreign;
use tokio::process::{Child, Command};

use crate::{Error, Handshake, Identity, Lines, PATIENCE};

/// The value that tells a start by Terraform from one by hand.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Terraform waits a minute for the handshake line.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A program with pipes, and with an environment in which nothing of a plugin is set.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_foreign(name)) {
        command.env_remove(name);
    }
    command.kill_on_drop(true).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A program, with the environment that Terraform gives to plugins.
pub fn plugin_command(program: impl AsRef<OsStr>) -> Command {
    let mut command = command(program);
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000");
    command
}

/// A process that has said where it listens. Killed when dropped.
pub struct Plugin {
    child: Child,
    /// Where the process keeps its files. One that is killed leaves them.
    _folder: TempDir,
    /// What it has said.
    pub handshake: Handshake,
    handshake_took: Duration,
    stdout: Lines,
    stderr: Lines,
}

impl Plugin {
    /// Starts a program as a plugin, with TLS for the holder of a certificate or without any.
    ///
    /// # Errors
    /// When it does not start, or says something else than a handshake line.
    pub async fn start(
        program: impl AsRef<OsStr>,
        client: Option<&Identity>,
    ) -> Result<Self, Error> {
        let mut command = plugin_command(program);
        if let Some(client) = client {
            command.env("PLUGIN_CLIENT_CERT", &client.pem);
        }
        Self::spawn(&mut command).await
    }

    /// Starts a plugin by a command, such as that of [`plugin_command`], and reads its handshake line.
    ///
    /// # Errors
    /// When it does not start, or says something else than a handshake line.
    pub async fn spawn(command: &mut Command) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::Start)?;
        let names_folder = |(name, _): (&OsStr, _)| name == "TMPDIR";
        if !command.as_std().get_envs().any(names_folder) {
            command.env("TMPDIR", folder.path());
        }
        let started = Instant::now();
        let mut child = command.spawn().map_err(Error::Start)?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Error::NoHandshake(Vec::new()));
        };
        let (stdout, stderr) = (Lines::of(stdout), Lines::of(stderr));
        let line = tokio::time::timeout(START_TIMEOUT, stdout.next(|line| !line.is_empty())).await;
        let handshake_took = started.elapsed();
        let Ok(Some(line)) = line else {
            return Err(Error::NoHandshake(stderr.so_far()));
        };
        let handshake = Handshake::parse(&line).ok_or(Error::Handshake(line))?;
        Ok(Self {
            child,
            _folder: folder,
            handshake,
            handshake_took,
            stdout,
            stderr,
        })
    }

    /// The time from just before the start until the handshake line was read.
    pub fn handshake_took(&self) -> Duration {
        self.handshake_took
    }

    /// The process id; 0 once it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// The socket's file.
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(&self.handshake.address)
    }

    /// The first line on standard error that fulfils a condition, once it is there.
    ///
    /// # Panics
    /// When there is none within [`PATIENCE`].
    pub async fn log_line(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        self.stderr.find(what, is_it).await
    }

    /// The lines on standard error so far.
    pub fn log(&self) -> Vec<String> {
        self.stderr.so_far()
    }

    /// The lines on standard output so far.
    pub fn output(&self) -> Vec<String> {
        self.stdout.so_far()
    }

    /// Waits for the end of the process and says how long that took.
    ///
    /// # Panics
    /// When it goes on beyond [`PATIENCE`].
    pub async fn wait(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("the process ends")
            .expect("its status is known");
        (status, started.elapsed())
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the process and waits until it has ended.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<(), Error> {
        self.child.kill().await.map_err(Error::End)
    }

    /// Sends a signal by name.
    ///
    /// # Panics
    /// When it cannot be sent.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }
}

/// Sends a signal to a process by name.
///
/// # Panics
/// When it cannot be sent.
#[cfg(unix)]
pub fn signal(process: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success(), "the process takes signals");
}
