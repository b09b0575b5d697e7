//! Files that wait in the folder where they will be, until all of them are moved up or none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use xtask::child;

use super::{Taken, at, write};
use crate::Failure;

/// In the folder that goes with the run: what will be moved up, and what is replaced by it, in case that not all can
/// be.
const NEW: &str = "new";
const OLD: &str = "old";

impl Taken {
    /// Writes files that [`put`] moves up in this order. Until then they are on the disk of the folder, which may be a
    /// mount or a link, and nobody sees them.
    ///
    /// # Errors
    /// When one cannot be written, or is to replace what is no file.
    pub fn stage(self, files: &[(String, &[u8])]) -> Result<Staged, Failure> {
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        self.refuse_no_files(&names)?;
        let staged = Staged { taken: self, names };
        for folder in [staged.waiting(), staged.old()] {
            fs::create_dir(&folder).map_err(at(&folder))?;
        }
        for (name, contents) in files {
            child::check()?;
            let (there, old) = (staged.there(name), staged.old().join(name));
            if there.exists() {
                // Not every disk has links.
                fs::hard_link(&there, &old)
                    .or_else(|_| fs::copy(&there, &old).map(drop))
                    .map_err(at(&there))?;
            }
            write(&staged.waiting().join(name), contents)?;
        }
        Ok(staged)
    }
}

/// Files that lie in the folder where they will be, under a folder of their own until they are moved up; it goes when
/// this is dropped.
#[derive(Debug)]
pub struct Staged {
    taken: Taken,
    names: Vec<String>,
}

impl Staged {
    /// Where they will be.
    pub fn folder(&self) -> &Path {
        self.taken.path()
    }

    /// Where they lie meanwhile, and nothing else.
    pub fn waiting(&self) -> PathBuf {
        self.taken.unfinished().join(NEW)
    }

    fn old(&self) -> PathBuf {
        self.taken.unfinished().join(OLD)
    }

    fn there(&self, name: &str) -> PathBuf {
        self.taken.path().join(name)
    }

    fn move_up(&self) -> Result<(), Failure> {
        for name in &self.names {
            let there = self.there(name);
            fs::rename(self.waiting().join(name), &there).map_err(at(&there))?;
        }
        Ok(())
    }

    /// Leaves the folder as it was before.
    fn take_back(&self) {
        for name in &self.names {
            let old = self.old().join(name);
            // What fails here has failed before: that is what a person is told.
            let _failed = match old.exists() {
                true => fs::rename(old, self.there(name)),
                false if self.waiting().join(name).exists() => Ok(()),
                false => fs::remove_file(self.there(name)),
            };
        }
    }
}

/// Moves files up, over those of the same names: all that are staged in these folders, or none.
///
/// # Errors
/// When one cannot be moved. Then all that was there is there again.
pub fn put(staged: &[Staged]) -> Result<(), Failure> {
    let put = staged.iter().try_for_each(Staged::move_up);
    if put.is_err() {
        staged.iter().for_each(Staged::take_back);
    }
    put
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::put;
    use crate::place::tests::{count, folder, named, staged, taken, text};

    #[test]
    fn files_are_put_beside_others_and_over_their_own() {
        let to = folder(&[("other", "stays"), ("a", "old")]);
        let staged = [staged(to.path(), &[("a", "one"), ("sums", "two")])];
        put(&staged).expect("they can be moved");
        drop(staged);
        for (name, there) in [("a", "one"), ("sums", "two"), ("other", "stays")] {
            assert_eq!(text(to.path(), name).as_deref(), Some(there));
        }
        assert_eq!(count(to.path()), 3);
    }

    #[test]
    fn files_of_which_one_cannot_be_put_leave_all_folders_as_they_were() {
        let (one, other) = (folder(&[("a", "old")]), folder(&[]));
        let both = [
            staged(one.path(), &[("a", "new"), ("b", "new")]),
            staged(other.path(), &[("a", "new"), ("b", "new"), ("c", "new")]),
        ];
        fs::create_dir(other.path().join("b")).expect("it can be made");
        let refused = put(&both).expect_err("a folder is there").to_string();
        assert!(refused.contains("/b: "), "{refused}");
        drop(both);
        assert_eq!(text(one.path(), "a").as_deref(), Some("old"));
        assert_eq!((count(one.path()), count(other.path())), (1, 1));
    }

    #[test]
    fn folder_where_a_file_will_be_is_refused_and_nothing_is_written() {
        let to = folder(&[("a", "old")]);
        fs::create_dir(to.path().join("b")).expect("it can be made");
        let refused = taken(to.path()).stage(&named(&[("a", "new"), ("b", "new")]));
        let refused = refused.expect_err("b is a folder").to_string();
        assert!(refused.contains("b is a folder"), "{refused}");
        assert_eq!(text(to.path(), "a").as_deref(), Some("old"));
        assert_eq!(count(to.path()), 2);
    }

    #[test]
    fn files_that_are_not_put_leave_nothing_and_are_on_the_disk_of_their_folder() {
        let parent = folder(&[]);
        let path = parent.path().join("deep/out");
        let staged = staged(&path, &[("a", "one")]);
        assert!(staged.waiting().starts_with(&path));
        drop(staged);
        assert_eq!(count(parent.path()), 0);
    }
}
