//! A provider's process in debug mode, which a CLI joins and does not manage.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

use crate::Error;

/// The name of the variable by which a CLI finds the process.
const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// A process that has said how it is found. Killed when dropped.
#[derive(Debug)]
pub struct Unmanaged {
    child: Child,
    /// Where the process keeps its socket, and standard error goes.
    folder: TempDir,
    /// Open, so that whatever else the process says there does not end it.
    _stdout: Option<BufReader<ChildStdout>>,
    reattach: String,
}

impl Unmanaged {
    /// Starts a provider with `--debug`, by a command that names the program and its environment, and waits until it
    /// says how it is found.
    ///
    /// # Errors
    /// When it does not start, or ends without having said so.
    pub fn start(command: &mut Command) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::Start)?;
        let stderr = File::create(folder.path().join("stderr")).map_err(Error::Start)?;
        let mut child = command
            .arg("--debug")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(Error::Start)?;
        let mut stdout = child.stdout.take().map(BufReader::new);
        let mut lines = stdout.iter_mut().flat_map(BufRead::lines);
        let reattach = lines.find_map(|line| Some(value(&line.ok()?)?.to_owned()));
        let process = Self {
            child,
            folder,
            _stdout: stdout,
            reattach: reattach.unwrap_or_default(),
        };
        if process.reattach.is_empty() {
            return Err(Error::NoReattach(process.stderr()));
        }
        Ok(process)
    }

    /// The variable for a CLI that is to join the process: its name and its value.
    pub fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.reattach)
    }

    /// How the process ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What the process has written to standard error.
    pub fn stderr(&self) -> String {
        let text = fs::read(self.folder.path().join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Unmanaged {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// The variable's value in a line for a POSIX shell.
fn value(line: &str) -> Option<&str> {
    let assigned = line.trim().strip_prefix(VARIABLE)?.strip_prefix("='")?;
    assigned.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_what_stands_between_the_quotes_of_the_variable() {
        assert_eq!(value("\tTF_REATTACH_PROVIDERS='{}'"), Some("{}"));
        assert_eq!(value("The provider is running."), None);
    }

    #[cfg(unix)]
    #[test]
    fn process_that_ends_without_the_variable_is_an_error_with_what_it_wrote() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo no such option >&2"]);
        let error = Unmanaged::start(&mut shell).expect_err("it is no provider");
        assert!(error.to_string().contains("no such option"), "{error}");
    }
}
