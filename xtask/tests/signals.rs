//! What a signal to `cargo xtask` ends.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Stands for cargo: it starts another program, which would go on for longer than a test waits.
const CARGO: &str = "#!/bin/sh\nsleep 30 &\necho building\nwait\n";

#[test]
fn signal_while_a_program_is_built_ends_the_build_with_all_that_it_has_started_and_nohup_holds() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let cargo = folder.join("cargo-that-waits");
    fs::write(&cargo, CARGO).expect("it can be written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        // As nohup does it.
        let mut xtask = Command::new("sh")
            .args(["-c", "trap '' HUP; exec \"$0\" demo"])
            .arg(env!("CARGO_BIN_EXE_xtask"))
            .env("CARGO", &cargo)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it can be started");
        let mut stdout = BufReader::new(xtask.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it can be read");
        assert_eq!(line, "building\n");
        let started = Instant::now();
        let pid = Pid::from_child(&xtask);
        kill_process(pid, Signal::HUP).expect("it runs");
        kill_process(pid, signal).expect("it runs");
        let status = xtask.wait().expect("it ends");
        assert_eq!((status.code(), status.signal()), (Some(code), None));
        // The output ends with the last program that has it.
        stdout.read_to_string(&mut line).expect("it can be read");
        assert!(started.elapsed() < Duration::from_secs(20), "{signal:?}");
    }
}
