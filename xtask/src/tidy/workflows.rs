//! The workflows: what they run is pinned, what they may do is named job by job, and commands that they call exist.

use super::{
    Finding, docs,
    tree::{File, Tree},
};

const RULE: &str = "workflow";
const FOLDER: &str = ".github/workflows/";

pub fn check(tree: &Tree, commands: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.path.starts_with(FOLDER))
    {
        if !file.text.lines().any(|line| line == "permissions: {}") {
            let message = "no `permissions: {}` for the whole: each job names its own";
            findings.push(Finding::new(&file.path, 1, RULE, message));
        }
        for (number, line) in file.lines() {
            let problems = unpinned(line)
                .into_iter()
                .chain(keeps_credentials(file, number, line))
                .chain(docs::missing_commands(line, commands));
            findings
                .extend(problems.map(|message| Finding::new(&file.path, number, RULE, message)));
        }
    }
    findings
}

/// The action that a line uses: `uses: owner/name@HASH # vX.Y.Z` gives what is behind `uses:`.
fn action(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line);
    line.strip_prefix("uses:").map(str::trim)
}

/// Tags move: only the hash of a commit stays what was looked at. Dependabot reads the version from the comment.
fn unpinned(line: &str) -> Option<String> {
    let action = action(line)?;
    if action.starts_with("./") {
        return None;
    }
    let is_hash = |text: &str| {
        text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_version = |text: &str| {
        text.strip_prefix('v').is_some_and(|version| {
            version.split('.').count() == 3
                && version.split('.').all(|part| part.parse::<u32>().is_ok())
        })
    };
    let is_pinned = action
        .split_once('@')
        .and_then(|(_, pin)| pin.split_once(" # "))
        .is_some_and(|(hash, version)| is_hash(hash) && is_version(version));
    (!is_pinned).then(|| format!("{action} is not pinned as @HASH # vX.Y.Z"))
}

/// What checks out leaves a token in the working tree, unless it is told not to.
fn keeps_credentials(file: &File, number: usize, line: &str) -> Option<String> {
    if !action(line)?.starts_with("actions/checkout@") {
        return None;
    }
    let step = file.lines().skip(number);
    let mut settings =
        step.map_while(|(_, line)| (!line.trim_start().starts_with("- ")).then_some(line.trim()));
    let is_told = settings.any(|setting| setting == "persist-credentials: false");
    (!is_told).then(|| "checks out without `persist-credentials: false`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, check};

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    /// The messages about a workflow of these lines.
    fn messages(text: &str) -> Vec<String> {
        let tree = Tree::of(&[(".github/workflows/a.yml", text)]);
        let findings = check(&tree, &["tidy"]);
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn action_that_is_not_pinned_by_hash_and_version_is_found() {
        let with = |uses: &str| messages(&format!("permissions: {{}}\n  - uses: {uses}\n"));
        assert!(with(&format!("a/b@{HASH} # v1.2.3")).is_empty());
        assert!(with("./.github/workflows/b.yml").is_empty());
        for loose in [
            "a/b@v1".to_owned(),
            format!("a/b@{HASH}"),
            format!("a/b@{HASH} # v1"),
            format!("a/b@{} # v1.2.3", &HASH[1..]),
        ] {
            assert_eq!(with(&loose).len(), 1, "{loose}");
        }
    }

    #[test]
    fn workflow_without_permissions_for_the_whole_is_found() {
        assert_eq!(messages("jobs:\n  permissions: {}\n").len(), 1);
        assert!(messages("permissions: {}\n").is_empty());
    }

    #[test]
    fn checkout_that_keeps_its_token_is_found() {
        let step = |rest: &str| {
            messages(&format!(
                "permissions: {{}}\n  - uses: actions/checkout@{HASH} # v1.2.3\n{rest}"
            ))
        };
        assert!(step("    with:\n      persist-credentials: false\n").is_empty());
        assert_eq!(step("  - run: a\n").len(), 1);
        assert_eq!(
            step("  - with:\n      persist-credentials: false\n").len(),
            1
        );
    }

    #[test]
    fn command_that_is_not_there_is_found() {
        assert!(messages("permissions: {}\n  - run: cargo xtask tidy\n").is_empty());
        let found = messages("permissions: {}\n  - run: cargo xtask tide\n");
        assert_eq!(found, ["no command `cargo xtask tide`"]);
    }
}
