//! Folders and files for their owner alone, where the operating system knows such a thing: keys are in them.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use tempfile::TempDir;
use xtask::failure::{Context, Failure};

/// Makes a temporary folder, which is removed when it is dropped.
///
/// # Errors
/// When it cannot be made.
pub fn temporary_folder(prefix: &str) -> Result<TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.prefix(prefix).tempdir();
    folder.context("making a temporary folder")
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written; likewise below.
pub fn write(file: &Path, text: &str) -> Result<(), Failure> {
    write_with(file, text, 0o600).context(&format!("writing {}", file.display()))
}

/// Writes a file that can be run.
///
/// # Errors
/// As above.
pub fn write_script(file: &Path, text: &str) -> Result<(), Failure> {
    write_with(file, text, 0o700).context(&format!("writing {}", file.display()))
}

fn write_with(file: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(file)?.write_all(text.as_bytes())
}
