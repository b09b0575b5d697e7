//! A folder that one run at a time writes into.

use std::{
    fs,
    io::ErrorKind,
    path::{self, Path, PathBuf},
    rc::Rc,
};

use xtask::child;

use super::{at, read};
use crate::Failure;

/// The folder in which files wait for being moved up. Whoever has taken the folder around it knows that it is left
/// over, and nothing else is ever removed.
const UNFINISHED: &str = ".terraform-provider-rdsiam.unfinished";

/// A folder into which no other run writes until this is dropped.
#[derive(Debug)]
pub struct Taken {
    folder: PathBuf,
    // These go in this order.
    unfinished: tempfile::TempDir,
    _made: Rc<Made>,
    /// The operating system gives it back however the process ends. Where folders cannot be locked, as on Windows, the
    /// unfinished folder alone keeps others away, and whoever kills a run deletes it.
    _lock: Option<Lock>,
}

/// Takes a folder, which is made where it is missing, before anything in it is looked at.
///
/// # Errors
/// When another run has it, it is no folder, or cannot be made or written into.
pub fn take(folder: &Path) -> Result<Taken, Failure> {
    let mut made = Made::default();
    made.up_to(folder)?;
    hold(folder, &Rc::new(made))
}

/// Takes folders as [`take`] does. One that is a link to another one is not taken twice.
///
/// # Errors
/// When one cannot be taken.
pub fn take_all(folders: &[PathBuf]) -> Result<Vec<Taken>, Failure> {
    let mut made = Made::default();
    folders.iter().try_for_each(|folder| made.up_to(folder))?;
    let made = Rc::new(made);
    let mut all: Vec<Taken> = Vec::new();
    for folder in folders {
        if !all.iter().any(|taken| taken.is(folder)) {
            all.push(hold(folder, &made)?);
        }
    }
    Ok(all)
}

fn hold(folder: &Path, made: &Rc<Made>) -> Result<Taken, Failure> {
    let lock = lock(folder)?;
    let unfinished = folder.join(UNFINISHED);
    if lock.is_some() && unfinished.symlink_metadata().is_ok() {
        fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
    }
    let mut one = tempfile::Builder::new();
    let one = one.prefix(UNFINISHED).rand_bytes(0).tempdir_in(folder);
    let unfinished = one.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(format!(
            "{} is there: another run is writing, or one was killed. If none runs, delete it",
            unfinished.display()
        )),
        _ => at(folder)(error),
    })?;
    Ok(Taken {
        folder: folder.to_owned(),
        unfinished,
        _made: Rc::clone(made),
        _lock: lock,
    })
}

#[derive(Debug)]
struct Lock(fs::File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A program that is being started has the file for a moment longer than this process.
        let _closed_anyway = self.0.unlock();
    }
}

fn lock(folder: &Path) -> Result<Option<Lock>, Failure> {
    let Ok(file) = fs::File::open(folder) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::new(format!(
            "{}: another run is writing there: wait until it has ended",
            folder.display()
        ))),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

/// Folders that were missing. Those into which nothing was put go when this is dropped.
#[derive(Debug, Default)]
struct Made(Vec<PathBuf>);

impl Made {
    fn up_to(&mut self, folder: &Path) -> Result<(), Failure> {
        let folder = path::absolute(folder).map_err(at(folder))?;
        let mut folders: Vec<&Path> = folder.ancestors().collect();
        folders.reverse();
        for folder in folders {
            match fs::create_dir(folder) {
                Ok(()) => self.0.push(folder.to_owned()),
                Err(_) if folder.is_dir() => {}
                Err(_) if folder.symlink_metadata().is_ok() => {
                    return Err(Failure::new(format!(
                        "{} is no folder, but a file, or a link that leads to none",
                        folder.display()
                    )));
                }
                Err(error) => return Err(at(folder)(error)),
            }
        }
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // It is refused where something is in it.
            let _refused = fs::remove_dir(folder);
        }
    }
}

impl Taken {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder in it that only this run knows, and that goes with it.
    pub(super) fn unfinished(&self) -> &Path {
        self.unfinished.path()
    }

    fn is(&self, folder: &Path) -> bool {
        let real = |folder: &Path| folder.canonicalize().ok();
        real(folder).is_some_and(|folder| real(&self.folder) == Some(folder))
    }

    /// The names in it, in their order.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn names(&self) -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(&self.folder).map_err(at(&self.folder))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let names: Result<Vec<_>, std::io::Error> = names.collect();
        let mut names = names.map_err(at(&self.folder))?;
        names.retain(|name| name != UNFINISHED);
        names.sort();
        Ok(names)
    }

    /// Holds what is in it against the names that it may have.
    ///
    /// # Errors
    /// When it has others, with their names.
    pub fn refuse_others(&self, names: &[String]) -> Result<(), Failure> {
        let mut others = self.names()?;
        others.retain(|name| !names.contains(name));
        if others.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} has other files than this will make, and all that is in it would be uploaded: {}. Delete them, or \
             give another folder",
            self.folder.display(),
            others.join(", ")
        )))
    }

    /// Holds what has names of files against what a file can replace.
    ///
    /// # Errors
    /// When one is there that is no regular file.
    pub fn refuse_no_files<'a>(
        &self,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), Failure> {
        for name in names {
            let there = self.folder.join(name);
            if there.symlink_metadata().is_ok_and(|there| !there.is_file()) {
                return Err(Failure::new(format!(
                    "{} is a folder, a link or a device where a file will be: nothing was changed. Delete it, or give \
                     another folder",
                    there.display()
                )));
            }
        }
        Ok(())
    }

    /// The files that are not there yet.
    ///
    /// # Errors
    /// When one of the same name differs.
    pub fn missing<'a>(
        &self,
        files: &[(String, &'a [u8])],
    ) -> Result<Vec<(String, &'a [u8])>, Failure> {
        let mut missing = Vec::new();
        for (name, contents) in files {
            child::check()?;
            let there = self.folder.join(name);
            if there.symlink_metadata().is_err() {
                missing.push((name.clone(), *contents));
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
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{UNFINISHED, take, take_all};
    use crate::place::{
        put,
        tests::{count, folder, named, staged, taken},
    };

    #[test]
    fn file_that_differs_is_refused_and_one_that_is_the_same_is_not_missing() {
        let to = folder(&[("a", "same"), ("b", "old")]);
        let to = taken(to.path());
        let missing = to.missing(&named(&[("a", "same"), ("c", "new")]));
        assert_eq!(missing.expect("none differs"), named(&[("c", "new")]));
        let refused = to.missing(&named(&[("a", "same"), ("b", "new")]));
        let refused = refused.expect_err("b differs").to_string();
        assert!(
            refused.contains("b is there already and differs"),
            "{refused}"
        );
    }

    #[test]
    fn folder_with_others_is_refused_by_their_names_and_one_with_its_own_is_not() {
        let to = folder(&[
            ("sums", "old"),
            ("sums.sig", "stale"),
            ("notes.md", "other"),
        ]);
        let names = ["a", "sums"].map(str::to_owned);
        let refused = taken(to.path()).refuse_others(&names);
        let refused = refused.expect_err("two are not its own").to_string();
        assert!(
            refused.contains(": notes.md, sums.sig. Delete"),
            "{refused}"
        );
        for own in [folder(&[("sums", "old")]), folder(&[])] {
            let own = taken(own.path()).refuse_others(&names);
            own.expect("there are no others");
        }
    }

    #[test]
    fn file_and_what_is_below_a_file_are_refused_where_a_folder_is_wanted_and_nothing_is_left() {
        let to = folder(&[("file", "")]);
        for wrong in ["file", "file/below", "new/../file"] {
            let refused = take(&to.path().join(wrong)).expect_err(wrong).to_string();
            assert!(refused.contains("file is no folder"), "{refused}");
        }
        for right in ["", "new", "new/deep"] {
            drop(taken(&to.path().join(right)));
        }
        assert_eq!(count(to.path()), 1);
    }

    #[test]
    #[cfg(unix)]
    fn link_that_leads_nowhere_is_refused_by_its_name() {
        let to = folder(&[]);
        let link = to.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).expect("it can be made");
        let refused = take(&link.join("below")).expect_err("it is no folder");
        assert!(
            refused.to_string().contains("link is no folder"),
            "{refused}"
        );
    }

    #[test]
    fn folder_that_another_run_has_is_refused_until_that_has_ended() {
        let to = folder(&[]);
        let one = staged(to.path(), &[("a", "one")]);
        let refused = take(to.path()).expect_err("it is taken").to_string();
        assert!(refused.contains("another run is writing"), "{refused}");
        put(&[one]).expect("it can be moved");
        let names = taken(to.path()).names().expect("it can be listed");
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn folder_that_a_killed_run_left_is_removed_where_that_is_known_and_nothing_called_alike() {
        let to = folder(&[]);
        for name in [UNFINISHED, ".dist-backup", ".terraform-provider-rdsiam"] {
            let left = to.path().join(name);
            fs::create_dir(&left).expect("it can be made");
            fs::write(left.join("a"), "left").expect("it can be written");
        }
        // It has no locks of folders.
        let stays = cfg!(windows);
        assert_eq!(take(to.path()).is_err(), stays);
        assert_eq!(to.path().join(UNFINISHED).exists(), stays);
        assert_eq!(count(to.path()), 2 + usize::from(stays));
    }

    #[test]
    fn folders_that_are_taken_together_leave_nothing_in_whatever_order_they_go() {
        let parent = folder(&[]);
        let paths = ["new/one/deep", "new/other"].map(|name| parent.path().join(name));
        for first in 0..2 {
            let mut both = take_all(&paths).expect("nobody has them");
            drop(both.remove(first));
            assert!(paths[1 - first].is_dir());
            drop(both);
            assert_eq!(count(parent.path()), 0);
        }
    }
}
