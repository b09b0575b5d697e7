//! Programs of the tests.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::example::example;

/// The provider that stands in for cyrilgdn/postgresql.
pub fn postgresql() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        example(
            "postgresql",
            &["src", "crates/tfplugin/src", "tests/fixtures/postgresql.rs"],
        )
    })
}
