//! Ctrl-C while the demo begins.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

#[test]
fn demo_that_is_interrupted_while_the_cli_says_its_version_says_so() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str| folder.path().join(name);
    let cli = file("terraform");
    let script = format!(
        "#!/bin/sh\n: > {}\nwhile ! [ -e {} ]; do sleep 0.02; done\n\
         echo Terraform v1.11.4\necho on linux_amd64\n",
        file("asked").display(),
        file("interrupted").display()
    );
    fs::write(&cli, script).expect("a script can be written");
    fs::set_permissions(&cli, fs::Permissions::from_mode(0o700)).expect("it is ours");
    // As at a terminal, which interrupts a whole group.
    let mut demo = Command::new(env!("CARGO_BIN_EXE_stage"))
        .arg("demo")
        .env("TF_CLI", &cli)
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let started = Instant::now();
    while !file("asked").exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the CLI is not asked"
        );
        thread::sleep(Duration::from_millis(10));
    }
    let group = i32::try_from(demo.id()).ok().and_then(Pid::from_raw);
    kill_process_group(group.expect("it has an id"), Signal::INT).expect("it is there");
    let mut stdout = BufReader::new(demo.stdout.take().expect("it is piped"));
    let mut said = String::new();
    stdout.read_line(&mut said).expect("it can be read");
    // The CLI answers once the demo has heard.
    fs::write(file("interrupted"), "").expect("a file can be written");

    stdout.read_to_string(&mut said).expect("it can be read");
    let output = demo.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "Interrupted; nothing is left behind.\n", "{errors}");
    assert_eq!((output.status.code(), &*errors), (Some(130), ""));
}
