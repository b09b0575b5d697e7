//! Programs that tests run: examples, which Cargo builds along with tests, into a folder next to theirs.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

/// The program of an example of the package in a folder. `cargo test` builds it, `cargo test --test NAME` does
/// not, and leaves one that is older than what it is made from: then it is built here.
///
/// # Panics
/// When it cannot be built.
pub fn example(package: &str, name: &str) -> PathBuf {
    static FOUND: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    // Held over the build: tests that run beside this one wait for it.
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found
        .entry(name.to_owned())
        .or_insert_with(|| current(package, name))
        .clone()
}

fn current(package: &str, name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in PROFILE/deps");
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(file);
    if is_stale(&program) {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--example", name]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let target = profile.parent().expect("profiles are in the target folder");
        let built = build
            .current_dir(package)
            .env("CARGO_TARGET_DIR", target)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "{name} can be built");
    }
    program
}

/// Whether a program is missing, or older than one of the files that Cargo notes beside it: those it is made
/// from. <https://doc.rust-lang.org/cargo/reference/build-cache.html#dep-info-files>
fn is_stale(program: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let (Ok(built), Ok(noted)) = (
        changed(program),
        fs::read_to_string(program.with_extension("d")),
    ) else {
        return true;
    };
    let Some((_, sources)) = noted.split_once(": ") else {
        return true;
    };
    // A space in a path has a backslash in front.
    let sources = sources.trim_end().replace("\\ ", "\0");
    sources
        .split(' ')
        .map(|source| source.replace('\0', " "))
        .any(|source| changed(Path::new(&source)).map_or(true, |changed| changed > built))
}
