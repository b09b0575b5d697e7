//! Files put where they belong: all of them whole, and never over others.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Failure;

/// Makes a failure of an error that concerns a file or folder.
pub fn at<E: std::error::Error>(path: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::from(error).in_context(&path.display().to_string())
}

/// Moves the files of a folder into another one on the same disk, in the order of their names but for `last`, which
/// comes after all others. What is there already stays if it is the same.
///
/// # Errors
/// When a file is there already and differs, before anything is moved; when one cannot be moved.
pub fn put(from: &Path, to: &Path, last: &str) -> Result<(), Failure> {
    let mut names: Vec<PathBuf> = fs::read_dir(from)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.file_name().into()))
                .collect::<io::Result<_>>()
        })
        .map_err(at(from))?;
    names.sort_by_key(|name| (name.as_os_str() == last, name.clone()));
    let mut missing = Vec::new();
    for name in names {
        let there = to.join(&name);
        if !there.exists() {
            missing.push(name);
        } else if read(&there)? != read(&from.join(&name))? {
            return Err(Failure::new(format!(
                "{} is there already and differs: nothing was changed. Users who have it in a lock file would be \
                 told of a wrong checksum. Give another folder, or delete it",
                there.display()
            )));
        }
    }
    fs::create_dir_all(to).map_err(at(to))?;
    for name in missing {
        fs::rename(from.join(&name), to.join(&name)).map_err(at(&to.join(&name)))?;
    }
    Ok(())
}

/// A folder beside another one, for what will be moved there; it goes when it is dropped.
///
/// # Errors
/// When it cannot be made.
pub fn beside(folder: &Path) -> Result<tempfile::TempDir, Failure> {
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(at(parent))?;
    tempfile::Builder::new()
        .prefix(".dist-")
        .tempdir_in(parent)
        .map_err(at(parent))
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

    use super::{beside, put};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        folder
    }

    fn text(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[test]
    fn files_are_put_beside_others_and_twice_alike() {
        let to = folder(&[("other", "stays")]);
        for _ in 0..2 {
            let from = folder(&[("a", "one"), ("sums", "two")]);
            put(from.path(), to.path(), "sums").expect("nothing differs");
        }
        for (name, there) in [("a", "one"), ("sums", "two"), ("other", "stays")] {
            assert_eq!(text(to.path(), name).as_deref(), Some(there));
        }
    }

    #[test]
    fn file_that_differs_is_kept_and_nothing_is_moved() {
        let to = folder(&[("b", "old")]);
        let from = folder(&[("a", "new"), ("b", "new")]);
        let refused = put(from.path(), to.path(), "b").expect_err("b differs");
        assert!(
            refused.to_string().contains("is there already and differs"),
            "{refused}"
        );
        assert_eq!(text(to.path(), "a"), None);
        assert_eq!(text(to.path(), "b").as_deref(), Some("old"));
    }

    #[test]
    fn folder_beside_one_that_is_not_there_is_on_its_disk_and_goes() {
        let parent = folder(&[]);
        let path = parent.path().join("deep/out");
        let made = beside(&path).expect("it can be made");
        assert_eq!(made.path().parent(), path.parent());
        let kept = made.path().to_owned();
        drop(made);
        assert!(!kept.exists());
    }
}
