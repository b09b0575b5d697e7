//! Files put where they belong: all of them whole, and never over others.

use std::{
    fs,
    path::{self, Path, PathBuf},
};

use crate::Failure;

/// Makes a failure of an error that concerns a file or folder.
pub fn at<E: std::error::Error>(path: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::from(error).in_context(&path.display().to_string())
}

/// How the names of the folders begin in which files wait for being moved.
const PREFIX: &str = ".dist-";

/// Files that lie in the folder where they will be, under a folder of their own until they are moved up; it goes when
/// this is dropped.
#[derive(Debug)]
pub struct Staged {
    made: Inside,
    folder: PathBuf,
    names: Vec<String>,
}

/// Writes files into a folder of their own inside another one, which may be a mount or a link.
///
/// # Errors
/// When one cannot be written.
pub fn stage(folder: &Path, files: &[(String, &[u8])]) -> Result<Staged, Failure> {
    let made = inside(folder)?;
    for (name, contents) in files {
        write(&made.path().join(name), contents)?;
    }
    Ok(Staged {
        made,
        folder: folder.to_owned(),
        names: files.iter().map(|(name, _)| name.clone()).collect(),
    })
}

impl Staged {
    /// Where they lie meanwhile.
    pub fn path(&self) -> &Path {
        self.made.path()
    }

    /// Moves the files up, in the order in which they were given, over those of the same names.
    ///
    /// # Errors
    /// When one cannot be moved.
    pub fn put(self) -> Result<(), Failure> {
        for name in &self.names {
            let there = self.folder.join(name);
            fs::rename(self.made.path().join(name), &there).map_err(at(&there))?;
        }
        Ok(())
    }
}

/// Holds files against those that are in a folder already.
///
/// # Errors
/// When one of the same name differs.
pub fn refuse_differing(folder: &Path, files: &[(String, &[u8])]) -> Result<(), Failure> {
    for (name, contents) in files {
        let there = folder.join(name);
        if there.exists() && read(&there)? != *contents {
            return Err(Failure::new(format!(
                "{} is there already and differs: nothing was changed. Users who have it in a lock file would be \
                 told of a wrong checksum. Give another folder, or delete it",
                there.display()
            )));
        }
    }
    Ok(())
}

/// Holds the files of a folder, which may be missing, against the names that they may have.
///
/// # Errors
/// When it has others, with their names.
pub fn refuse_others(folder: &Path, names: &[String]) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    remove_unfinished(folder)?;
    let mut others = names_in(folder)?;
    others.retain(|name| !names.contains(name));
    others.sort();
    if others.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} has other files than this will make, and all that is in it would be uploaded: {}. Delete them, or give \
         another folder",
        folder.display(),
        others.join(", ")
    )))
}

/// Tries whether a folder can be written into, or made where it is missing.
///
/// # Errors
/// When it is no folder, or the operating system refuses.
pub fn refuse_unwritable(folder: &Path) -> Result<(), Failure> {
    let folder = path::absolute(folder).map_err(at(folder))?;
    let mut above = folder.ancestors();
    let there = above.find(|folder| folder.symlink_metadata().is_ok());
    let there = there.unwrap_or(&folder);
    fs::read_dir(there).map_err(at(there))?;
    let tried = tempfile::Builder::new().prefix(PREFIX).tempdir_in(there);
    tried.map(drop).map_err(at(there))
}

/// A folder inside another one for what will be moved up: both are on one disk. It goes when this is dropped.
#[derive(Debug)]
pub struct Inside {
    made: tempfile::TempDir,
    /// Shows others that it is in use. The operating system gives it back however the process ends; where it cannot
    /// lock a folder, nobody takes it for one that is left over.
    _lock: Option<fs::File>,
}

impl Inside {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.made.path()
    }
}

/// A folder inside another one, which is made where it is missing. Those that were left over there are removed.
///
/// # Errors
/// When it cannot be made.
pub fn inside(folder: &Path) -> Result<Inside, Failure> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    remove_unfinished(folder)?;
    let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder);
    let made = made.map_err(at(folder))?;
    Ok(Inside {
        _lock: locked(made.path()),
        made,
    })
}

/// Removes the folders of processes that were killed.
fn remove_unfinished(folder: &Path) -> Result<(), Failure> {
    for name in names_in(folder)? {
        let unfinished = folder.join(&name);
        if name.starts_with(PREFIX) && locked(&unfinished).is_some() {
            fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
        }
    }
    Ok(())
}

/// The lock of a folder, unless somebody has it.
fn locked(folder: &Path) -> Option<fs::File> {
    let file = fs::File::open(folder).ok()?;
    file.try_lock().is_ok().then_some(file)
}

fn names_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names
        .collect::<Result<_, std::io::Error>>()
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

    use super::{PREFIX, inside, refuse_differing, refuse_others, refuse_unwritable, stage};

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
    fn files_are_put_beside_others_and_over_their_own() {
        let to = folder(&[("other", "stays"), ("a", "old")]);
        let files = named(&[("a", "one"), ("sums", "two")]);
        let staged = stage(to.path(), &files).expect("it can be written");
        staged.put().expect("they can be moved");
        for (name, there) in [("a", "one"), ("sums", "two"), ("other", "stays")] {
            assert_eq!(text(to.path(), name).as_deref(), Some(there));
        }
        assert_eq!(count(to.path()), 3);
    }

    #[test]
    fn file_that_differs_is_refused_and_one_that_is_the_same_is_not() {
        let to = folder(&[("a", "same"), ("b", "old")]);
        refuse_differing(to.path(), &named(&[("a", "same"), ("c", "new")])).expect("none differs");
        let files = named(&[("a", "same"), ("b", "new")]);
        let refused = refuse_differing(to.path(), &files).expect_err("b differs");
        assert!(
            refused
                .to_string()
                .contains("b is there already and differs"),
            "{refused}"
        );
    }

    #[test]
    fn folder_with_others_is_refused_by_their_names_and_one_with_its_own_or_missing_is_not() {
        let to = folder(&[
            ("sums", "old"),
            ("sums.sig", "stale"),
            ("notes.md", "other"),
        ]);
        let names = ["a", "sums"].map(str::to_owned);
        let refused = refuse_others(to.path(), &names).expect_err("two are not its own");
        assert!(
            refused.to_string().contains(": notes.md, sums.sig. Delete"),
            "{refused}"
        );
        for own in [folder(&[("sums", "old")]), folder(&[])] {
            refuse_others(own.path(), &names).expect("there are no others");
            refuse_others(&own.path().join("missing"), &names).expect("there are no others");
        }
    }

    #[test]
    fn file_and_what_is_below_a_file_are_refused_where_a_folder_is_wanted_and_nothing_is_left() {
        let to = folder(&[("file", "")]);
        for wrong in ["file", "file/below"] {
            let refused = refuse_unwritable(&to.path().join(wrong)).expect_err(wrong);
            assert!(refused.to_string().contains("file: "), "{refused}");
        }
        for right in ["", "new", "new/deep"] {
            refuse_unwritable(&to.path().join(right)).expect(right);
        }
        assert_eq!(count(to.path()), 1);
    }

    #[test]
    fn files_that_are_not_put_leave_nothing_and_are_on_the_disk_of_their_folder() {
        let parent = folder(&[]);
        let path = parent.path().join("deep/out");
        let staged = stage(&path, &named(&[("a", "one")])).expect("it can be written");
        assert_eq!(staged.made.path().parent(), Some(path.as_path()));
        drop(staged);
        assert_eq!(count(&path), 0);
    }

    #[test]
    #[cfg(unix)]
    fn folder_that_a_killed_process_left_is_removed_and_one_in_use_is_not() {
        let to = folder(&[]);
        let left = to.path().join(format!("{PREFIX}left"));
        fs::create_dir(&left).expect("it can be made");
        let one = inside(to.path()).expect("it can be made");
        let other = inside(to.path()).expect("it can be made");
        assert!(one.path().is_dir() && other.path().is_dir() && !left.exists());
    }
}
