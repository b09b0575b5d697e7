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

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

    use super::{temporary_folder, write, write_script};

    fn mode(path: &Path) -> u32 {
        let about = fs::metadata(path).expect("it is there");
        about.permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_files_with_keys_are_nobody_elses() {
        let Ok(folder) = temporary_folder("rdsiam-test-") else {
            panic!("a temporary folder can be made");
        };
        let (file, script) = (folder.path().join("main.tf"), folder.path().join("run"));
        assert!(write(&file, "key").is_ok() && write_script(&script, "#!/bin/sh").is_ok());
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!((mode(&file), mode(&script)), (0o600, 0o700));
    }
}
