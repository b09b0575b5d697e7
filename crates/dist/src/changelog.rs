//! CHANGELOG.md, in the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/): the section of a version.

use jiff::civil::Date;

/// Its name in the repository.
pub const FILE: &str = "CHANGELOG.md";

/// What the changelog has of one version.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// The day in its heading; `None` where that says something else, or nothing.
    pub released: Option<Date>,
    /// What is below the heading.
    pub notes: String,
}

/// The section below `## [VERSION]` or `## [VERSION] - DAY`; `None` where there is no such heading.
pub fn section(changelog: &str, version: &str) -> Option<Section> {
    let mut lines = changelog.lines();
    let released = lines.find_map(|line| {
        let rest = line.strip_prefix("## [")?.strip_prefix(version)?;
        let day = rest.strip_prefix(']')?.trim_start_matches([' ', '-']);
        Some(day.trim().parse().ok())
    })?;
    let notes: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Some(Section {
        released,
        notes: notes.join("\n").trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::section;

    const CHANGELOG: &str = "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [0.2.0] - 2027-01-31\n\n### Added\n\n\
                             - A thing.\n\n## [0.2.0-rc1] - Unreleased\n\n## [0.1.0]\n\n- The first.\n";

    #[test]
    fn section_of_a_released_version_has_its_day_and_notes() {
        let section = section(CHANGELOG, "0.2.0").expect("there is one");
        assert_eq!(
            section.released.map(|day| day.to_string()).as_deref(),
            Some("2027-01-31")
        );
        assert_eq!(section.notes, "### Added\n\n- A thing.");
    }

    #[test]
    fn section_without_a_day_is_not_released() {
        for (version, notes) in [("0.2.0-rc1", ""), ("0.1.0", "- The first.")] {
            let section = section(CHANGELOG, version).expect("there is one");
            assert_eq!((section.released, section.notes.as_str()), (None, notes));
        }
    }

    #[test]
    fn section_of_a_version_that_only_begins_alike_is_none() {
        for version in ["0.2", "0.2.0-rc", "0.2.00", "0.3.0"] {
            assert_eq!(section(CHANGELOG, version), None, "{version}");
        }
    }
}
