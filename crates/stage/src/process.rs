//! Child processes that do not outlive the wish to run them.

use std::{
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc,
};
use xtask::failure::{Context, Failure};

/// How long an interrupted child may take to clean up. Terraform lets running operations end.
const GRACE: Duration = Duration::from_secs(20);

/// Where a line of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What a child did.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Both outputs, in the order in which their lines arrived.
    pub output: String,
}

/// Runs a command to its end, with no input, and hands on each line as it comes.
///
/// When the future is dropped, the child and its children get SIGINT, and SIGKILL if they stay.
///
/// # Errors
/// When the command cannot be started.
pub async fn run(
    mut command: Command,
    mut on_line: impl FnMut(Stream, &str),
) -> Result<Finished, Failure> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A group of its own: Ctrl-C at the terminal comes here, and reaches the child through Drop.
    #[cfg(unix)]
    command.process_group(0);
    let program = command.as_std().get_program().display().to_string();
    let mut running = Running(
        command
            .spawn()
            .context(&format!("{program} cannot be started"))?,
    );

    let (sender, mut lines) = mpsc::channel(64);
    if let Some(stdout) = running.0.stdout.take() {
        tokio::spawn(forward(stdout, Stream::Stdout, sender.clone()));
    }
    if let Some(stderr) = running.0.stderr.take() {
        tokio::spawn(forward(stderr, Stream::Stderr, sender.clone()));
    }
    drop(sender);

    let mut output = String::new();
    while let Some((stream, line)) = lines.recv().await {
        on_line(stream, &line);
        output.push_str(&line);
        output.push('\n');
    }
    let status = running.0.wait().await.context(&program)?;
    Ok(Finished { status, output })
}

async fn forward(
    source: impl AsyncRead + Unpin,
    stream: Stream,
    sender: mpsc::Sender<(Stream, String)>,
) {
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source
        .read_until(b'\n', &mut line)
        .await
        .is_ok_and(|length| length > 0)
    {
        let text = String::from_utf8_lossy(&line)
            .trim_end_matches(['\r', '\n'])
            .to_owned();
        if sender.send((stream, text)).await.is_err() {
            return;
        }
        line.clear();
    }
}

/// A child that is ended when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        #[cfg(unix)]
        if signal_group(&self.0, rustix::process::Signal::INT) {
            let deadline = Instant::now() + GRACE;
            while Instant::now() < deadline {
                if !matches!(self.0.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            signal_group(&self.0, rustix::process::Signal::KILL);
        }
        // Nothing is left to do about a child that cannot even be killed.
        let _ignored = self.0.start_kill();
    }
}

/// Sends a signal to the group that the child leads; `false` if it is gone.
#[cfg(unix)]
fn signal_group(child: &Child, signal: rustix::process::Signal) -> bool {
    child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw)
        .is_some_and(|group| rustix::process::kill_process_group(group, signal).is_ok())
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::{Stream, run};

    #[tokio::test]
    async fn child_with_two_outputs_keeps_them_apart_and_together() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; sleep 0.1; echo err >&2; exit 3"]);
        let mut seen = Vec::new();
        let finished = match run(command, |stream, line| seen.push((stream, line.to_owned()))).await
        {
            Ok(finished) => finished,
            Err(failure) => panic!("{failure}"),
        };
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!(finished.output, "out\nerr\n");
        assert_eq!(
            seen,
            [
                (Stream::Stdout, "out".to_owned()),
                (Stream::Stderr, "err".to_owned())
            ]
        );
    }

    #[tokio::test]
    async fn child_whose_run_is_dropped_is_interrupted_and_can_clean_up() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (ready, cleaned) = (
            directory.path().join("ready"),
            directory.path().join("cleaned"),
        );
        // A shell cannot trap a signal that whoever started it ignores, as a job in the background does. CLIs can.
        let mut command = if cfg!(target_os = "linux") {
            let mut command = Command::new("env");
            command.args(["--default-signal=INT", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.arg("-c").arg(format!(
            "trap ': > {}; exit 0' INT; : > {}; while :; do sleep 0.05; done",
            cleaned.display(),
            ready.display()
        ));
        let run = run(command, |_, _| {});
        let until_ready = async {
            while !ready.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            _ = run => panic!("the child ends only when it is interrupted"),
            () = until_ready => {}
        }
        assert!(cleaned.exists());
    }
}
