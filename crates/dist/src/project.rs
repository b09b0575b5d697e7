//! The repository: what cargo and git say of the provider's package and of the commit.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Context, Failure, NAME, Target, archive,
    place::at,
    process::{cargo, command, output},
    toolchain,
};

/// The checkout that a release is made from.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the workspace.
    pub root: PathBuf,
    /// The version of the provider, without `v`.
    pub version: String,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// The time of everything that is made: `SOURCE_DATE_EPOCH`, or when the commit was made.
    /// <https://reproducible-builds.org/specs/source-date-epoch/>
    pub time: Timestamp,
}

impl Project {
    /// Reads what cargo and git say of a folder.
    ///
    /// # Errors
    /// When one of them fails; when there is neither a commit nor `SOURCE_DATE_EPOCH`, or no zip can have that time.
    pub fn read(root: &Path) -> Result<Self, Failure> {
        let arguments = ["metadata", "--locked", "--format-version", "1", "--no-deps"];
        let said = output(cargo(root).args(arguments))?;
        let metadata: Value = serde_json::from_str(&said).context("cargo metadata")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut packages = metadata["packages"].as_array().into_iter().flatten();
        let version = packages
            .find(|package| package["name"] == NAME)
            .and_then(|package| text(&package["version"]));
        let (Some(version), Some(target)) = (version, text(&metadata["target_directory"])) else {
            return Err(Failure::new(format!(
                "{}: no package {NAME}",
                root.display()
            )));
        };
        Ok(Self {
            time: source_date(root)?,
            root: root.to_owned(),
            version,
            target: PathBuf::from(target),
        })
    }

    /// The contents of a file of the repository.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn file(&self, name: &str) -> Result<String, Failure> {
        let path = self.root.join(name);
        fs::read_to_string(&path).map_err(at(&path))
    }

    /// Asks git; `None` where this is not the root of a checkout of git, or git is not installed.
    pub fn git(&self, arguments: &[&str]) -> Option<String> {
        git(&self.root, arguments).ok()
    }
}

/// The Linux target that is shipped for this machine; elsewhere the target that cargo builds for by itself.
///
/// # Errors
/// When the compiler cannot be asked.
pub fn own_target(root: &Path) -> Result<Target, Failure> {
    let host = host(root)?;
    match host.system() {
        "linux" => {
            let (architecture, _) = host.triple().split_once('-').unwrap_or_default();
            named(&format!("{architecture}-unknown-linux-musl"))
        }
        _ => Ok(host),
    }
}

/// The target that the compiler itself runs on.
///
/// # Errors
/// When the compiler cannot be asked.
pub fn host(root: &Path) -> Result<Target, Failure> {
    named(&toolchain::says(root, "host")?)
}

fn named(triple: &str) -> Result<Target, Failure> {
    let unknown = || {
        Failure::new(format!(
            "no registry has a name for this machine, {triple:?}"
        ))
    };
    Target::parse(triple).ok_or_else(unknown)
}

fn source_date(root: &Path) -> Result<Timestamp, Failure> {
    const VARIABLE: &str = "SOURCE_DATE_EPOCH";
    let (from, seconds) = match env::var(VARIABLE) {
        Ok(seconds) if !seconds.is_empty() => (VARIABLE, seconds),
        _ => {
            let commit = git(root, &["log", "-1", "--format=%ct"]).map_err(|failure| {
                failure.in_context(&format!("no time of the commit, and no {VARIABLE}"))
            })?;
            ("the time of the commit", commit)
        }
    };
    epoch(from, &seconds)
}

/// The time of a number of seconds since 1970.
fn epoch(from: &str, seconds: &str) -> Result<Timestamp, Failure> {
    let time = seconds.trim().parse().ok();
    let time = time
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Failure::new(format!("{from} is no number of seconds: {seconds:?}")))?;
    archive::check_time(time).context(from)?;
    Ok(time)
}

/// Asks git of the checkout whose root this folder is. Unpacked sources may lie in a checkout of something else, whose
/// commits and tags are not theirs.
fn git(root: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let above = root.parent().unwrap_or(root);
    let mut git = command(Path::new("git"), root);
    git.env("GIT_CEILING_DIRECTORIES", above)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE");
    // Settings of a person, which change what is answered.
    git.args(["-c", "log.showSignature=false", "-c", "column.ui=never"]);
    output(git.args(arguments))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{epoch, git};

    #[test]
    fn folder_in_a_checkout_of_something_else_is_no_checkout() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let outside = folder.path().canonicalize().expect("it is there");
        let inside = outside.join("unpacked");
        fs::create_dir(&inside).expect("it can be made");
        let asked = |root: &Path| git(root, &["rev-parse", "--show-toplevel"]);
        git(&outside, &["init", "--quiet"]).expect("git is installed");
        let found = asked(&outside).expect("it is a checkout");
        assert_eq!(Path::new(found.trim()), outside);
        asked(&inside).expect_err("it is none");
    }

    #[test]
    fn time_that_is_none_or_that_no_zip_can_have_is_refused_with_where_it_is_from() {
        for seconds in ["", "yesterday", "1.5", "-1", "0", "315532799", "4354819200"] {
            let refused = epoch("SOURCE_DATE_EPOCH", seconds).expect_err(seconds);
            assert!(
                refused.to_string().contains("SOURCE_DATE_EPOCH"),
                "{refused}"
            );
        }
        for seconds in ["315532800", "1700000000\n"] {
            epoch("the time of the commit", seconds).expect("a zip can have it");
        }
    }
}
