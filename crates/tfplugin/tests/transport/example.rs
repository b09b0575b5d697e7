//! Programs that tests run: examples, which Cargo builds along with tests, into a folder next to theirs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// The program of an example. `cargo test` builds it, `cargo test --test NAME` does not, and leaves one
/// that is older than `sources`: the files and folders that it is made from, below the package's folder.
pub fn example(name: &str, sources: &[&str]) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in PROFILE/deps");
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(file);
    if is_stale(&program, sources) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--example", name]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let target = profile.parent().expect("profiles are in the target folder");
        let built = build
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_TARGET_DIR", target)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "{name} can be built");
    }
    program
}

/// Whether a program is missing, or older than what it is built from.
fn is_stale(program: &Path, sources: &[&str]) -> bool {
    fn newest(path: &Path) -> SystemTime {
        let folder = fs::read_dir(path).into_iter().flatten().flatten();
        let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
        folder
            .map(|entry| newest(&entry.path()))
            .chain(changed)
            .max()
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = fs::metadata(program).and_then(|metadata| metadata.modified());
    built.map_or(true, |built| {
        sources
            .iter()
            .any(|source| newest(&here.join(source)) > built)
    })
}
