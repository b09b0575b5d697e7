//! Processes that a test breaks: the CLI, and the provider that it started.
#![cfg(unix)]

use std::process::{Child, Command, Output};

use super::within;

/// A CLI that was started. It and its provider end with the test, also where that fails.
pub struct Started(Option<Child>);

impl Started {
    /// Starts a command.
    pub fn new(command: &mut Command) -> Self {
        Self(Some(command.spawn().expect("the CLI starts")))
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    /// The provider's processes that it has started.
    pub fn providers(&self) -> Vec<u32> {
        providers_of(self.id())
    }

    /// How it ended, within so many seconds.
    #[track_caller]
    pub fn output(mut self, seconds: u64) -> Output {
        within(seconds, "the end of the CLI", || {
            let child = self.0.as_mut().expect("it is taken once");
            matches!(child.try_wait(), Ok(Some(_)))
        });
        let child = self.0.take().expect("it is taken once");
        child.wait_with_output().expect("it has ended")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else {
            return;
        };
        for process in providers_of(child.id()) {
            send_if_there("KILL", process);
        }
        let _ended = child.kill();
        let _waited = child.wait();
    }
}

/// Sends a signal to a process.
pub fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args(["-s", signal, &process.to_string()])
        .status();
    assert!(sent.expect("kill can be run").success());
}

/// Sends a signal to a process that may have ended by itself.
pub fn send_if_there(signal: &str, process: u32) {
    let _sent = Command::new("kill")
        .args(["-s", signal, &process.to_string()])
        .output();
}

/// Sends a signal to a group of processes, as a terminal does: of a command that was started with
/// `process_group(0)`.
pub fn send_to_group(signal: &str, leader: u32) {
    let sent = Command::new("kill")
        .args(["-s", signal, "--", &format!("-{leader}")])
        .status();
    assert!(sent.expect("kill can be run").success());
}

/// The provider's processes that a CLI has started.
pub fn providers_of(cli: u32) -> Vec<u32> {
    let found = Command::new("ps")
        .args(["-A", "-o", "ppid=,pid=,args="])
        .output()
        .expect("ps can be run");
    let of_the_cli = |line: &str| {
        let mut words = line.split_whitespace();
        let parent: u32 = words.next()?.parse().ok()?;
        let process: u32 = words.next()?.parse().ok()?;
        let is_provider = words.next()?.ends_with("terraform-provider-rdsiam");
        (parent == cli && is_provider).then_some(process)
    };
    String::from_utf8_lossy(&found.stdout)
        .lines()
        .filter_map(of_the_cli)
        .collect()
}
