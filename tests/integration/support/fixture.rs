//! Programs of the tests: examples, which Cargo builds along with tests, into a folder next to theirs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The provider that stands in for cyrilgdn/postgresql.
pub fn postgresql() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example("postgresql", "tests/fixtures/postgresql.rs"))
}

/// The program. `cargo test` builds it, `cargo test --test integration` does not, and leaves an old one.
fn example(name: &str, source: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in PROFILE/deps");
    let program = profile
        .join("examples")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let is_current = match (changed(&program), changed(&here.join(source))) {
        (Ok(built), Ok(written)) => built >= written,
        _ => false,
    };
    if !is_current {
        let target = profile.parent().expect("profiles are in the target folder");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", name])
            .current_dir(here)
            .env("CARGO_TARGET_DIR", target)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "{name} can be built");
    }
    program
}
