//! Names in the documents at the root: files, folders, modules and commands that they mention exist.
//!
//! A name in `code` is one of a file or folder if it ends with `/` or like a file of the repository, or if
//! it begins with a folder at the root. Documents shorten: the end of a path will do. Names in capitals and
//! the `x` of the instructions stand for others, and are not looked for.

use super::{Finding, tree::Tree};

const RULE: &str = "name in a document";
const DOCUMENTS: [&str; 5] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "README.md",
    "SECURITY.md",
];
const ENDINGS: [&str; 5] = [".rs", ".md", ".toml", ".proto", ".tsv"];
const COMMAND: &str = "cargo xtask ";

pub fn check(tree: &Tree, commands: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if !DOCUMENTS.contains(&file.path.as_str()) {
            continue;
        }
        let mut is_code = false;
        for (number, line) in file.lines() {
            let mut missing: Vec<String> = missing_commands(line, commands);
            if line.starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                let links = links(line).filter(|link| !tree.has(link));
                missing.extend(links.map(|link| format!("no file {link}")));
                missing.extend(code(line).filter_map(|name| missing_name(tree, name)));
            }
            let found = missing.into_iter();
            findings.extend(found.map(|message| Finding::new(&file.path, number, RULE, message)));
        }
    }
    findings
}

/// What is between backticks.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The files that links lead to.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let (link, _) = rest.split_once(')')?;
        let path = link.split('#').next()?;
        (!path.is_empty() && !path.contains("://")).then_some(path)
    })
}

/// What a line says of commands that are not there.
pub fn missing_commands(line: &str, commands: &[&str]) -> Vec<String> {
    let named = line.split(COMMAND).skip(1).filter_map(|rest| {
        let is_end = |c: char| !c.is_ascii_lowercase() && c != '-';
        rest.split(is_end).next().filter(|name| !name.is_empty())
    });
    named
        .filter(|name| !commands.contains(name))
        .map(|name| format!("no command `{COMMAND}{name}`"))
        .collect()
}

fn missing_name(tree: &Tree, name: &str) -> Option<String> {
    if name.contains([' ', ':']) && !name.contains("::") || name.starts_with(['/', '<']) {
        return None;
    }
    if let Some(modules) = modules(name) {
        let file = |ending| has_end(tree, &format!("{}{ending}", modules.join("/")));
        return (!file(".rs") && !file("/")).then(|| format!("no module `{name}`"));
    }
    let root = name.split('/').next().unwrap_or(name);
    let is_path = name.ends_with('/')
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.contains('/') && tree.has(root);
    if !is_path || stands_for_others(name) {
        return None;
    }
    (!has_end(tree, name)).then(|| format!("no file or folder `{name}`"))
}

/// Whether a part of a path is to be replaced: `x`, `rdsiam_x`, `IDENTIFIER`.
fn stands_for_others(name: &str) -> bool {
    let (path, _) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_capital = |part: &str| part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    path.split('/').any(|part| {
        part == "x"
            || part.ends_with("_x")
            || path.contains('/') && !part.is_empty() && is_capital(part)
    })
}

/// The modules of a Rust path: names in lower case, with `::` between or behind them.
fn modules(name: &str) -> Option<Vec<&str>> {
    let is_module = |part: &&str| part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let parts: Vec<&str> = name.split("::").filter(|part| !part.is_empty()).collect();
    (name.contains("::") && parts.iter().all(is_module)).then_some(parts)
}

/// Whether a file's path, or a folder's, ends so; `*` is any file's name.
fn has_end(tree: &Tree, end: &str) -> bool {
    if let Some((folder, ending)) = end.split_once('*') {
        return tree
            .files
            .iter()
            .any(|file| file.path.starts_with(folder) && file.path.ends_with(ending));
    }
    let end = end.trim_end_matches('/');
    tree.files.iter().any(|file| {
        let path = format!("/{}/", file.path);
        path.contains(&format!("/{end}/"))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, check};

    /// The lines of a document that name something that is not there.
    fn lines(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[
            ("README.md", text),
            ("src/aws/rds/cache.rs", ""),
            ("crates/tfplugin/proto/a.proto", ""),
        ]);
        let findings = check(&tree, &["tidy"]);
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn file_or_folder_that_is_not_there_is_found() {
        let there =
            "`src/aws/`, `rds/cache.rs`, `cache.rs`, `src/aws`, `crates/tfplugin/proto/*.proto`\n";
        assert!(lines(there).is_empty());
        for missing in [
            "`src/gcp/`",
            "`cach.rs`",
            "`rds/cash.rs`",
            "`src/gcp`",
            "`crates/tfplugin/proto/*.rs`",
            "`NO.md`",
        ] {
            assert_eq!(lines(&format!("\nsee {missing}\n")), [2], "{missing}");
        }
    }

    #[test]
    fn link_to_a_file_that_is_not_there_is_found() {
        assert!(lines("[a](README.md#a), [b](https://a.b/c.md), [c](#c)\n").is_empty());
        assert_eq!(lines("[a](READ.md#a)\n"), [1]);
    }

    #[test]
    fn command_that_is_not_there_is_found_also_in_a_block() {
        assert!(lines("`cargo xtask tidy`, `cargo xtask NAME`\n").is_empty());
        assert_eq!(lines("```shell\ncargo xtask tide --check\n```\n"), [2]);
    }

    #[test]
    fn module_that_is_not_there_is_found() {
        assert!(lines("`rds::`, `rds::cache`, `SqlState::CODE`\n").is_empty());
        assert_eq!(lines("`rds::cash`\n"), [1]);
    }

    #[test]
    fn name_that_stands_for_others_is_not_looked_for() {
        assert!(
            lines("`src/x/mod.rs`, `docs/rdsiam_x/a.tf`, `cluster/NAME`, `/a/b.rs`\n").is_empty()
        );
    }
}
