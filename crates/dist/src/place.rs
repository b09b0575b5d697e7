//! Files put where they belong: all of them whole, and never over others.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Failure;

/// Makes a failure of an error that concerns a file or folder.
pub fn at<E: std::error::Error>(path: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::from(error).in_context(&path.display().to_string())
}

/// Files that lie in the folder where they will be, under a folder of their own until they are moved up; it goes when
/// this is dropped.
#[derive(Debug)]
pub struct Staged {
    made: tempfile::TempDir,
    folder: PathBuf,
    missing: Vec<String>,
}

/// Writes files into a folder of their own inside another one, which may be a mount or a link. What is there already
/// under the same name must be the same, and stays.
///
/// # Errors
/// When a file is there already and differs, before anything is written; when one cannot be written.
pub fn stage(folder: &Path, files: &[(String, &[u8])]) -> Result<Staged, Failure> {
    let missing = refuse_differing(folder, files)?;
    let made = inside(folder)?;
    for (name, contents) in files {
        write(&made.path().join(name), contents)?;
    }
    Ok(Staged {
        made,
        folder: folder.to_owned(),
        missing,
    })
}

/// Holds files against those that are in a folder already: the names of those that it does not have.
///
/// # Errors
/// When one of the same name differs.
pub fn refuse_differing(folder: &Path, files: &[(String, &[u8])]) -> Result<Vec<String>, Failure> {
    let mut missing = Vec::new();
    for (name, contents) in files {
        let there = folder.join(name);
        if !there.exists() {
            missing.push(name.clone());
        } else if read(&there)? != *contents {
            return Err(Failure::new(format!(
                "{} is there already and differs: nothing was changed. Users who have it in a lock file would be \
                 told of a wrong checksum. Give another folder, or delete it",
                there.display()
            )));
        }
    }
    Ok(missing)
}

impl Staged {
    /// Where they lie meanwhile, all of them.
    pub fn path(&self) -> &Path {
        self.made.path()
    }

    /// Moves the files up, in the order in which they were given.
    ///
    /// # Errors
    /// When one cannot be moved.
    pub fn put(self) -> Result<(), Failure> {
        for name in &self.missing {
            let there = self.folder.join(name);
            fs::rename(self.made.path().join(name), &there).map_err(at(&there))?;
        }
        Ok(())
    }
}

/// A folder inside another one, which is made where it is missing, for what will be moved up: both are on one disk. It
/// goes when it is dropped.
///
/// # Errors
/// When it cannot be made.
pub fn inside(folder: &Path) -> Result<tempfile::TempDir, Failure> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    tempfile::Builder::new()
        .prefix(".dist-")
        .tempdir_in(folder)
        .map_err(at(folder))
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

    use super::stage;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        folder
    }

    fn named<'a>(files: &[(&str, &'a str)]) -> Vec<(String, &'a [u8])> {
        let files = files.iter();
        files
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes()))
            .collect()
    }

    fn text(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).expect("it can be listed").count()
    }

    #[test]
    fn files_are_put_beside_others_and_twice_alike() {
        let to = folder(&[("other", "stays")]);
        for _ in 0..2 {
            let files = named(&[("a", "one"), ("sums", "two")]);
            let staged = stage(to.path(), &files).expect("nothing differs");
            staged.put().expect("they can be moved");
        }
        for (name, there) in [("a", "one"), ("sums", "two"), ("other", "stays")] {
            assert_eq!(text(to.path(), name).as_deref(), Some(there));
        }
        assert_eq!(count(to.path()), 3);
    }

    #[test]
    fn file_that_differs_is_kept_and_nothing_is_written() {
        let to = folder(&[("b", "old")]);
        let files = named(&[("a", "new"), ("b", "new")]);
        let refused = stage(to.path(), &files).expect_err("b differs");
        assert!(
            refused.to_string().contains("is there already and differs"),
            "{refused}"
        );
        assert_eq!(text(to.path(), "b").as_deref(), Some("old"));
        assert_eq!(count(to.path()), 1);
    }

    #[test]
    fn files_that_are_not_put_leave_nothing_and_are_on_the_disk_of_their_folder() {
        let parent = folder(&[]);
        let path = parent.path().join("deep/out");
        let staged = stage(&path, &named(&[("a", "one")])).expect("nothing differs");
        assert_eq!(staged.made.path().parent(), Some(path.as_path()));
        drop(staged);
        assert_eq!(count(&path), 0);
    }
}
