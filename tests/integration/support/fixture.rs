//! Programs of the tests.

use std::path::PathBuf;

use terraform_client::example;

/// The provider that stands in for cyrilgdn/postgresql.
pub fn postgresql() -> PathBuf {
    example(env!("CARGO_MANIFEST_DIR"), "postgresql")
}
