//! The check that a build is a function of the commit: a second one, of a copy of the files, elsewhere.

use std::{fs, path::Path};

use crate::{
    Failure, Target,
    compile::{self, Place},
    hash,
    place::{self, at},
    project::Project,
};

/// A copy of the checkout, with another target folder and another home of cargo. It goes when this is dropped.
#[derive(Debug)]
pub struct Again {
    place: Place,
    _folder: tempfile::TempDir,
}

/// Makes the copy, and holds it against what is to be built.
///
/// # Errors
/// When it cannot be made, or could not be built.
pub fn prepare(project: &Project, here: &Place, targets: &[Target]) -> Result<Again, Failure> {
    let folder = tempfile::Builder::new().prefix("dist-again-").tempdir();
    let folder = folder.map_err(at(&std::env::temp_dir()))?;
    let place = Place {
        source: folder.path().join("elsewhere/source"),
        target: folder.path().join("built"),
        cargo_home: folder.path().join("home"),
        tools: here.tools.clone(),
    };
    copy(project, &place.source)?;
    another_home(&here.cargo_home, &place.cargo_home)?;
    compile::check(&place, targets)?;
    Ok(Again {
        place,
        _folder: folder,
    })
}

impl Again {
    /// Builds a target from the copy, and compares it with a binary that was built from the checkout.
    ///
    /// # Errors
    /// When the bytes differ, or the second build fails.
    pub fn check(&self, project: &Project, target: &Target, binary: &[u8]) -> Result<(), Failure> {
        progress!("dist: once more, in {}", self.place.source.display());
        let again = compile::build(&self.place, project.time, target)?;
        let again = place::read(&again)?;
        let (one, other) = (hash::sha256(binary), hash::sha256(&again));
        if one == other {
            progress!("dist: two builds for {target} gave the same bytes, sha256 {one}");
            return Ok(());
        }
        Err(Failure::new(format!(
            "two builds for {target} in two folders differ: sha256 {one} and {other}"
        )))
    }
}

/// Copies the files that git knows, as they are.
fn copy(project: &Project, to: &Path) -> Result<(), Failure> {
    let files = project.git(&["ls-files", "-z"]);
    let files = files
        .ok_or_else(|| Failure::new("git must say which files to copy: this is no checkout"))?;
    for name in files.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (project.root.join(name), to.join(name));
        if from.is_file() {
            let folder = to.parent().unwrap_or(&to);
            fs::create_dir_all(folder).map_err(at(folder))?;
            fs::copy(&from, &to).map_err(at(&from))?;
        }
    }
    Ok(())
}

/// A home of cargo's own, with the same settings. What is needed is fetched anew: links would lead back to the paths
/// of the first build.
fn another_home(home: &Path, other: &Path) -> Result<(), Failure> {
    fs::create_dir_all(other).map_err(at(other))?;
    let settings = home.join("config.toml");
    if settings.is_file() {
        fs::copy(&settings, other.join("config.toml")).map_err(at(&settings))?;
    }
    Ok(())
}
