//! One version: that of Cargo.toml, of the tag, and of the heading in the changelog.

use crate::{
    Failure,
    changelog::{self, Section},
    project::Project,
};

/// How a checkout stands to the release of its version.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// The commit has the version's tag.
    Tagged,
    /// It has no tag: what is made of it is no release.
    Untagged,
}

/// What git says of the commit.
#[derive(Debug, Default)]
pub struct Commit {
    /// Its tags of versions: `v` and a digit at their beginning.
    pub tags: Vec<String>,
    /// The version's tag is on another commit.
    pub is_released_elsewhere: bool,
    /// Whether the working tree has changes.
    pub is_changed: bool,
}

impl Commit {
    /// That of a checkout; without git one without tags but that which has started this job.
    pub fn of(project: &Project) -> Self {
        // A job that a tag has started may not have fetched it.
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let started_by = variable("GITHUB_REF_NAME");
        let is_tag = variable("GITHUB_REF_TYPE") == "tag" && started_by.starts_with('v');
        Self::started_by(project, is_tag.then_some(started_by))
    }

    fn started_by(project: &Project, tag_of_job: Option<String>) -> Self {
        let tags = project.git(&["tag", "--points-at", "HEAD", "--list", "v[0-9]*"]);
        let mut tags: Vec<String> = tags
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect();
        let tag = format!("v{}", project.version);
        let there = project.git(&["tag", "--list", &tag]).unwrap_or_default();
        let is_released_elsewhere = !there.trim().is_empty() && !tags.contains(&tag);
        tags.extend(tag_of_job);
        let changes = project.git(&["status", "--porcelain", "--untracked-files=no"]);
        // What git does not know, where cargo takes it as well.
        let others = project.git(&[
            "ls-files",
            "--others",
            "--",
            ".cargo",
            "build.rs",
            "crates",
            "rust-toolchain",
            "src",
        ]);
        let is_any = |list: Option<String>| list.is_some_and(|list| !list.trim().is_empty());
        Self {
            is_released_elsewhere,
            tags,
            is_changed: is_any(changes) || is_any(others),
        }
    }
}

/// Holds the version against the commit's tags and the changelog.
///
/// # Errors
/// When the changelog has no heading for the version; when the commit has tags of versions and none is that of this
/// one; when it has that tag and is not what is released: its heading has no day, or files have changed since.
pub fn check(
    version: &str,
    commit: &Commit,
    section: Option<&Section>,
) -> Result<Standing, Failure> {
    let file = changelog::FILE;
    let Some(section) = section else {
        return Err(Failure::new(format!(
            "Cargo.toml has version {version}, and {file} has no heading `## [{version}]`: write what is new in it"
        )));
    };
    let tag = format!("v{version}");
    if commit.is_released_elsewhere {
        return Err(Failure::new(format!(
            "Cargo.toml has version {version}, and the tag {tag} is on another commit: what is made of this one would be a \
             second {version}. Check that commit out, or give this one a new version"
        )));
    }
    if commit.tags.is_empty() {
        return Ok(Standing::Untagged);
    }
    if !commit.tags.contains(&tag) {
        return Err(Failure::new(format!(
            "Cargo.toml has version {version}, and the commit has the tag {}: they must be the same, and a release \
             that somebody may have is made again under a new version",
            commit.tags.join(", ")
        )));
    }
    if section.released.is_none() {
        return Err(Failure::new(format!(
            "the commit has the tag {tag}, and the heading `## [{version}]` in {file} has no day: `## [{version}] - \
             YYYY-MM-DD`"
        )));
    }
    if commit.is_changed {
        return Err(Failure::new(format!(
            "the commit has the tag {tag}, and files have changed since: `git status`"
        )));
    }
    Ok(Standing::Tagged)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::{Commit, Standing, check};
    use crate::{changelog::Section, project::Project};

    fn section(day: &str) -> Section {
        Section {
            released: day.parse().ok(),
            notes: String::new(),
        }
    }

    /// A checkout with the tag v0.1.0 on its first commit, and what answers for it.
    fn checkout() -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let project = Project {
            root: folder.path().canonicalize().expect("it is there"),
            version: "0.1.0".to_owned(),
            target: folder.path().join("target"),
            time: Timestamp::UNIX_EPOCH,
        };
        for arguments in [
            &["init", "--quiet"][..],
            &["config", "user.name", "somebody"],
            &["config", "user.email", "somebody@example.com"],
            &["config", "commit.gpgsign", "false"],
            &["commit", "--quiet", "--allow-empty", "--message=one"],
            &["tag", "v0.1.0"],
        ] {
            project.git(arguments).expect("git is installed");
        }
        (folder, project)
    }

    #[test]
    fn commit_after_the_tag_is_not_that_of_the_tag_whatever_started_the_job() {
        let (_folder, project) = checkout();
        let there = Commit::started_by(&project, None);
        assert_eq!(there.tags, ["v0.1.0"]);
        assert!(!there.is_released_elsewhere && !there.is_changed);
        let another = ["commit", "--quiet", "--allow-empty", "--message=two"];
        project.git(&another).expect("git is installed");
        for tag_of_job in [None, Some("v0.1.0".to_owned())] {
            let after = Commit::started_by(&project, tag_of_job);
            assert!(after.is_released_elsewhere);
        }
    }

    #[test]
    fn file_that_git_does_not_know_is_a_change_where_cargo_and_rustup_look() {
        for name in ["rust-toolchain", "build.rs", "src/more.rs"] {
            let (_folder, project) = checkout();
            let file = project.root.join(name);
            let folder = file.parent().expect("it is in a folder");
            fs::create_dir_all(folder).expect("it can be made");
            fs::write(&file, "nightly").expect("it can be written");
            assert!(Commit::started_by(&project, None).is_changed, "{name}");
        }
    }

    fn tagged(tags: &[&str]) -> Commit {
        Commit {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Commit::default()
        }
    }

    #[test]
    fn version_with_a_heading_stands_without_a_tag() {
        let standing = check("0.1.0", &tagged(&[]), Some(&section("Unreleased")));
        assert_eq!(standing.expect("it may be tried"), Standing::Untagged);
    }

    #[test]
    fn version_with_its_tag_and_a_day_is_a_release() {
        let commit = tagged(&["v0.1.0-rc1", "v0.1.0"]);
        let standing = check("0.1.0", &commit, Some(&section("2026-12-01")));
        assert_eq!(standing.expect("it is one"), Standing::Tagged);
    }

    #[test]
    fn version_that_is_not_that_of_tag_and_changelog_is_refused() {
        let released = section("2026-12-01");
        let changed = Commit {
            is_changed: true,
            ..tagged(&["v0.1.0"])
        };
        let elsewhere = Commit {
            is_released_elsewhere: true,
            ..tagged(&[])
        };
        for (commit, section, says) in [
            (elsewhere, Some(&released), "is on another commit"),
            (tagged(&[]), None, "has no heading `## [0.1.0]`"),
            (tagged(&["v0.1.0"]), None, "has no heading `## [0.1.0]`"),
            (
                tagged(&["v0.2.0"]),
                Some(&released),
                "the commit has the tag v0.2.0",
            ),
            (
                tagged(&["v0.1"]),
                Some(&released),
                "the commit has the tag v0.1:",
            ),
            (
                tagged(&["v0.1.0"]),
                Some(&section("Unreleased")),
                "has no day",
            ),
            (changed, Some(&released), "files have changed since"),
        ] {
            let refused = check("0.1.0", &commit, section).expect_err(says);
            assert!(refused.to_string().contains(says), "{refused}");
        }
    }
}
