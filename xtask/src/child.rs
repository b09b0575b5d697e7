//! Programs that this one starts and waits for: they end when it is told to end.

use std::{
    io,
    process::{Command, ExitStatus, Output, Stdio},
};

use crate::failure::Failure;

#[cfg(not(unix))]
use self::elsewhere as system;
#[cfg(unix)]
use self::unix as system;

/// A program that runs.
pub struct Child {
    started: std::process::Child,
}

impl Child {
    /// Starts a program. From the first one on, Ctrl-C and SIGTERM end no process by themselves: they end the
    /// programs with all that those have started, and [`signal`] tells of them.
    ///
    /// # Errors
    /// When it cannot be started, or this process has been told to end.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        system::start(command).map(|started| Self { started })
    }

    /// What it writes to standard output, where that is piped.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.started.stdout.take()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        let status = self.started.wait();
        system::ended(self.started.id());
        status
    }
}

/// Runs a program, as [`Command::status`] does.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn status(command: &mut Command) -> io::Result<ExitStatus> {
    Child::start(command.stdin(Stdio::null()))?.wait()
}

/// Runs a program and takes what it writes, as [`Command::output`] does.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn output(command: &mut Command) -> io::Result<Output> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = Child::start(command)?;
    let id = child.started.id();
    let output = child.started.wait_with_output();
    system::ended(id);
    output
}

/// The signal that has told this process to end.
pub fn signal() -> Option<i32> {
    system::signal()
}

/// Ends what takes long without a program.
///
/// # Errors
/// When this process has been told to end.
pub fn check() -> Result<(), Failure> {
    match signal() {
        None => Ok(()),
        Some(_) => Err(Failure::new("ended before it was done")),
    }
}

/// The exit code of a process that a signal has ended, which shells expect; otherwise another one.
pub fn exit_code(otherwise: u8) -> u8 {
    let of_signal = signal().and_then(|signal| u8::try_from(128 + signal).ok());
    of_signal.unwrap_or(otherwise)
}

#[cfg(unix)]
mod unix {
    use std::{
        collections::BTreeSet,
        io,
        os::unix::process::CommandExt,
        process::{Child, Command},
        sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    };

    use rustix::process::{Pid, Signal, kill_process_group};
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
    };

    /// What runs, and whether it may.
    struct State {
        /// The first one that came.
        signal: Option<i32>,
        /// Each program is the first of a process group, with all that it starts in turn.
        groups: BTreeSet<u32>,
    }

    static STATE: Mutex<State> = Mutex::new(State {
        signal: None,
        groups: BTreeSet::new(),
    });

    fn state() -> MutexGuard<'static, State> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn start(command: &mut Command) -> io::Result<Child> {
        listen()?;
        // Nothing is started between a signal and what it ends.
        let mut state = state();
        if state.signal.is_some() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let started = command.process_group(0).spawn()?;
        state.groups.insert(started.id());
        Ok(started)
    }

    pub fn ended(id: u32) {
        state().groups.remove(&id);
    }

    pub fn signal() -> Option<i32> {
        state().signal
    }

    fn listen() -> io::Result<()> {
        static LISTENING: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
        let listening = LISTENING.get_or_init(|| {
            // Not SIGHUP, which nohup has ignored.
            let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| error.kind())?;
            std::thread::spawn(move || signals.forever().for_each(end));
            Ok(())
        });
        listening.map_err(io::Error::from)
    }

    fn end(signal: i32) {
        let mut state = state();
        state.signal.get_or_insert(signal);
        for id in &state.groups {
            let group = i32::try_from(*id).ok().and_then(Pid::from_raw);
            // One that is gone has ended.
            let _ignored = group.map(|group| kill_process_group(group, Signal::TERM));
        }
    }
}

/// Ctrl-C ends all programs of a console.
#[cfg(not(unix))]
mod elsewhere {
    use std::{
        io,
        process::{Child, Command},
    };

    pub fn start(command: &mut Command) -> io::Result<Child> {
        command.spawn()
    }

    pub fn ended(_id: u32) {}

    pub fn signal() -> Option<i32> {
        None
    }
}
