//! A provider process, started as Terraform starts it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command as StdCommand, ExitStatus, Stdio},
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
};

use super::example::example;

/// The value that tells a start by Terraform from one by hand.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long anything may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The environment variables that would change what a test sees.
const UNWANTED: [&str; 6] = [
    "TF_LOG",
    "TF_LOG_PROVIDER",
    "TF_LOG_PROVIDER_FIXTURE",
    "PLUGIN_CLIENT_CERT",
    "PLUGIN_UNIX_SOCKET_DIR",
    "TF_PLUGIN_MAGIC_COOKIE",
];

/// The program whose transport is tested.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        example(
            "transport_fixture",
            &[
                "src",
                "tests/transport/fixture.rs",
                "tests/transport/fixture",
            ],
        )
    })
}

/// The program whose answers are written down.
pub fn golden_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example("golden_provider", &["src", "tests/conformance/provider"]))
}

/// The program, with an environment in which nothing of a plugin is set.
pub fn command() -> Command {
    command_of(program())
}

fn command_of(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in UNWANTED {
        command.env_remove(name);
    }
    command.kill_on_drop(true).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program, with the environment that Terraform gives to plugins.
pub fn plugin_command() -> Command {
    plugin_command_of(program())
}

/// The program whose answers are written down, likewise.
pub fn golden_command() -> Command {
    plugin_command_of(golden_program())
}

/// A program, with the environment that Terraform gives to plugins.
pub fn plugin_command_of(program: &Path) -> Command {
    let mut command = command_of(program);
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000");
    command
}

/// The parts of a handshake line.
#[derive(Clone, Debug)]
pub struct Handshake {
    pub line: String,
    pub network: String,
    pub address: String,
    pub certificate: String,
}

/// A process that has said where it listens. Killed when dropped.
pub struct Plugin {
    child: Child,
    /// Where the process keeps its files. One that is killed leaves them.
    _folder: TempDir,
    pub handshake: Handshake,
    stdout: Lines,
    stderr: Lines,
}

impl Plugin {
    /// Starts a plugin without TLS.
    pub async fn start() -> Self {
        Self::start_with(&mut plugin_command()).await
    }

    /// Starts a plugin that speaks TLS with the holder of a certificate.
    pub async fn start_for(client_certificate: &str) -> Self {
        Self::start_with(plugin_command().env("PLUGIN_CLIENT_CERT", client_certificate)).await
    }

    /// Starts a plugin whose log is on.
    pub async fn start_logging(level: &str) -> Self {
        Self::start_with(plugin_command().env("TF_LOG", level)).await
    }

    /// Starts a plugin by a command, and reads its handshake line.
    pub async fn start_with(command: &mut Command) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let names_folder = |(name, _): (&OsStr, _)| name == "TMPDIR";
        if !command.as_std().get_envs().any(names_folder) {
            command.env("TMPDIR", folder.path());
        }
        let mut child = command.spawn().expect("the fixture starts");
        let stdout = Lines::of(child.stdout.take().expect("a pipe"));
        let stderr = Lines::of(child.stderr.take().expect("a pipe"));
        let line = stdout
            .find("a handshake line", |line| line.starts_with("1|"))
            .await;
        let parts: Vec<_> = line.split('|').collect();
        let [core, app, network, address, protocol, certificate, ..] = parts.as_slice() else {
            panic!("a handshake has six parts: {line}")
        };
        assert_eq!((*core, *app, *protocol), ("1", "6", "grpc"));
        let handshake = Handshake {
            network: (*network).to_owned(),
            address: (*address).to_owned(),
            certificate: (*certificate).to_owned(),
            line: line.clone(),
        };
        Self {
            child,
            _folder: folder,
            handshake,
            stdout,
            stderr,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the process was not waited for")
    }

    /// The socket's file.
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(&self.handshake.address)
    }

    /// The first line on standard error that fulfils a condition, once it is there.
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
        self.child
            .try_wait()
            .expect("its status is known")
            .is_none()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }
}

/// Sends a signal to a process by name.
pub fn signal(process: u32, name: &str) {
    let status = StdCommand::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success(), "the process takes signals");
}

/// Whether a folder and what was in it are gone.
pub fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The lines of a pipe, kept as they come.
pub struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
}

impl Lines {
    /// Reads a pipe to its end.
    pub fn of(pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(0);
        let read = Arc::clone(&lines);
        tokio::spawn(async move {
            let mut pipe = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = pipe.next_line().await {
                let count = {
                    let mut read = read.lock().expect("no panic elsewhere");
                    read.push(line);
                    read.len()
                };
                // Nobody may be looking.
                sender.send_replace(count);
            }
        });
        Self { lines, count }
    }

    fn so_far(&self) -> Vec<String> {
        self.lines.lock().expect("no panic elsewhere").clone()
    }

    /// The first line that fulfils a condition, once it is there.
    pub async fn find(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let mut count = self.count.clone();
        let look = async {
            loop {
                if let Some(line) = self.so_far().into_iter().find(|line| is_it(line)) {
                    return line;
                }
                if count.changed().await.is_err() {
                    panic!("the pipe ended without {what}: {:#?}", self.so_far());
                }
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(line) => line,
            Err(_) => panic!("there is no {what}: {:#?}", self.so_far()),
        }
    }
}
