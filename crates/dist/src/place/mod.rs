//! Files put where they belong: all of them or none, by one run at a time, and never over what is somebody else's.

mod staged;
mod taken;

use std::{
    fs,
    path::{self, Component, Path, PathBuf},
};

pub use self::{
    staged::{Staged, put},
    taken::{Taken, take, take_all},
};
use crate::Failure;

/// Makes a failure of an error that concerns a file or folder.
pub fn at<E: std::error::Error>(path: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::from(error).in_context(&path.display().to_string())
}

/// Holds two folders, which may be missing, against each other.
///
/// # Errors
/// When one is the other or lies in it, be it by links.
pub fn refuse_nested(one: &Path, other: &Path) -> Result<(), Failure> {
    let (real_one, real_other) = (real(one)?, real(other)?);
    if !real_one.starts_with(&real_other) && !real_other.starts_with(&real_one) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} and {}: neither may be in the other one: give another folder",
        one.display(),
        other.display()
    )))
}

/// Where a folder is, or will be when it is made.
fn real(folder: &Path) -> Result<PathBuf, Failure> {
    let mut real = PathBuf::new();
    for part in path::absolute(folder).map_err(at(folder))?.components() {
        if part == Component::ParentDir {
            real.pop();
        } else {
            real.push(part);
            real = real.canonicalize().unwrap_or(real);
        }
    }
    Ok(real)
}

/// The contents of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(at(path))
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    fs::write(path, contents).map_err(at(path))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{Staged, Taken, refuse_nested, take};

    pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        folder
    }

    pub fn named<'a>(files: &[(&str, &'a str)]) -> Vec<(String, &'a [u8])> {
        let files = files.iter();
        files
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes()))
            .collect()
    }

    pub fn taken(folder: &Path) -> Taken {
        take(folder).expect("nobody else has it")
    }

    pub fn staged(folder: &Path, files: &[(&str, &str)]) -> Staged {
        let staged = taken(folder).stage(&named(files));
        staged.expect("it can be written")
    }

    pub fn text(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    pub fn count(folder: &Path) -> usize {
        fs::read_dir(folder).expect("it can be listed").count()
    }

    #[test]
    fn folders_of_which_one_lies_in_the_other_are_refused_in_both_directions() {
        let at = folder(&[]);
        let path = |name: &str| at.path().join(name);
        for (one, other) in [("out", "out"), ("new/deep", "new"), ("out", "new/../out/a")] {
            refuse_nested(&path(one), &path(other)).expect_err(other);
            refuse_nested(&path(other), &path(one)).expect_err(other);
        }
        for other in ["output", "new/out", "out/../mirror"] {
            refuse_nested(&path("out"), &path(other)).expect(other);
        }
    }

    #[test]
    #[cfg(unix)]
    fn folders_of_which_one_lies_in_the_other_behind_a_link_are_refused() {
        let at = folder(&[]);
        let path = |name: &str| at.path().join(name);
        fs::create_dir(path("out")).expect("it can be made");
        std::os::unix::fs::symlink("out", path("link")).expect("it can be made");
        for other in ["link", "link/mirror", "new/../link/mirror"] {
            refuse_nested(&path("out"), &path(other)).expect_err(other);
            refuse_nested(&path(other), &path("out")).expect_err(other);
        }
        refuse_nested(&path("out"), &path("link/../mirror")).expect("it is beside it");
    }
}
