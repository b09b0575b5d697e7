//! A server process that does not outlive this one, however this one ends.

use std::{
    ffi::OsStr,
    path::Path,
    process::{ExitStatus, Stdio},
};

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, ChildStdin, Command},
};

/// The user to run as when this process is root's, whom PostgreSQL refuses: `nobody`.
const NOBODY: u32 = if cfg!(target_os = "macos") {
    u32::MAX - 1
} else {
    65_534
};

/// Runs the server, and ends it when its own standard input ends, which the operating system sees
/// to when this process dies. A line on the input is the signal to send. Without one the server
/// gets SIGQUIT, which ends it at once, and its folder is removed.
const SUPERVISOR: &str = r#"
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
  if read -r signal; then
    kill -s "$signal" "$server"
  else
    : >"$folder/ended"
    kill -s QUIT "$server"
  fi
) <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
if [ -e "$folder/ended" ]; then rm -rf "$folder"; fi
exit "$status"
"#;

/// A supervised process.
#[derive(Debug)]
pub struct Process {
    supervisor: Child,
    input: Option<ChildStdin>,
}

impl Process {
    /// Starts a program; its output goes to a file.
    ///
    /// `folder` is removed with the end of the program, unless it was stopped.
    pub fn start<A: AsRef<OsStr>>(
        folder: &Path,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        log: std::fs::File,
    ) -> std::io::Result<Self> {
        let mut command = unprivileged("/bin/sh");
        command
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C at the terminal is this process's to handle.
            .process_group(0);
        let mut supervisor = command.spawn()?;
        let input = supervisor.stdin.take();
        Ok(Self { supervisor, input })
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.supervisor.try_wait().ok().flatten()
    }

    /// Ends it in order: clients are disconnected, the files are left consistent (SIGINT).
    pub async fn stop(mut self) -> std::io::Result<()> {
        if let Some(mut input) = self.input.take() {
            // A supervisor that is gone has nothing to stop.
            let _gone = input.write_all(b"INT\n").await;
        }
        self.supervisor.wait().await.map(|_| ())
    }

    /// Ends it at once, and with it its folder.
    pub async fn end(mut self) -> std::io::Result<()> {
        drop(self.input.take());
        self.supervisor.wait().await.map(|_| ())
    }
}

/// A command that runs as nobody where this process is root's.
pub fn unprivileged(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    // Settings for clients are not meant for this server.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Gives a file to whom [`unprivileged`] commands run as.
pub fn give_away(path: &Path) -> std::io::Result<()> {
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}
