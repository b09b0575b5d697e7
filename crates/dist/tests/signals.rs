//! What a signal to `cargo xtask dist` ends, and what it leaves.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use dist::{executable, project, toolchain};
use rustix::process::{Pid, Signal, kill_process};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it can be listed");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn signal_while_a_second_build_runs_ends_it_and_leaves_no_folder() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(name);
    let host = project::host(Path::new(ROOT)).expect("the compiler says so");
    let built = path("built");
    fs::write(&built, executable::pretended(&host)).expect("it can be written");
    // A compiler whose cargo builds once, and the second time for longer than a test waits.
    let (sysroot, triple) = (path("toolchain"), host.triple());
    let real = toolchain::programs(Path::new(ROOT)).expect("there is a compiler");
    let rustc = format!(
        "#!/bin/sh\ncase \"$*\" in\n  '--print sysroot' | '--print target-libdir '*) echo {} ;;\n  *) exec {}/rustc \
         \"$@\" ;;\nesac\n",
        sysroot.display(),
        real.display()
    );
    program(&path("programs/rustc"), &rustc);
    let (made, once) = (path("target").join(triple).join("release"), path("once"));
    let cargo = format!(
        "#!/bin/sh\nif mkdir {0}; then\n  mkdir -p {1} && cp {2} {1}/terraform-provider-rdsiam\nelse\n  sleep 30 &\n  \
         echo building >&2\n  wait\nfi\n",
        once.display(),
        made.display(),
        built.display()
    );
    program(&sysroot.join("bin/cargo"), &cargo);
    let temporary = path("temporary");
    fs::create_dir(&temporary).expect("it can be made");
    let mut list = vec![path("programs")];
    list.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));

    let mut dist = Command::new(env!("CARGO_BIN_EXE_dist"))
        .args(["--twice", "--target", triple, "--out"])
        .arg(path("out"))
        .env("PATH", std::env::join_paths(list).expect("they are paths"))
        .env("TMPDIR", &temporary)
        .env("CARGO_TARGET_DIR", path("target"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let mut said = BufReader::new(dist.stderr.take().expect("it is piped"));
    let mut line = String::new();
    while !line.ends_with("building\n") {
        let read = said.read_line(&mut line).expect("it can be read");
        assert_ne!(read, 0, "it has ended: {line}");
    }
    assert_eq!(names(&temporary).len(), 1, "{line}");
    let started = Instant::now();
    kill_process(Pid::from_child(&dist), Signal::TERM).expect("it runs");
    assert_eq!(dist.wait().expect("it ends").code(), Some(143));
    // What it says ends with the last program that has its standard error.
    said.read_to_string(&mut line).expect("it can be read");
    assert!(started.elapsed() < Duration::from_secs(20), "{line}");
    assert!(names(&temporary).is_empty(), "{:?}", names(&temporary));
    assert!(!path("out").exists());
}
