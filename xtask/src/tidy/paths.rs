//! Paths of files: no module from another crate's folder, no path of one machine.

use super::{
    Finding,
    tree::{File, Tree},
};

const ACROSS: &str = "module across crates";
const MACHINE: &str = "path of a machine";

/// What such a path starts with: the homes of users. Spelled so that this file has none.
const MACHINES: [&str; 3] = [
    concat!("/", "home/"),
    concat!("/", "root/"),
    concat!("/", "Users/"),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = across_crates(tree);
    for file in &tree.files {
        for (number, line) in file.lines() {
            let found = MACHINES.iter().find(|start| names_machine(line, start));
            findings.extend(found.map(|start| Finding::new(&file.path, number, MACHINE, *start)));
        }
    }
    findings
}

/// Whether a path in the line starts so: a folder of that name within another does not.
fn names_machine(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '~'))
    })
}

fn across_crates(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (number, line) in file.lines() {
            let Some(path) = line.trim_start().strip_prefix("#[path = \"") else {
                continue;
            };
            let target = resolved(file, path.split('"').next().unwrap_or(path));
            if package(tree, &target) != package(tree, &file.path) {
                findings.push(Finding::new(&file.path, number, ACROSS, target));
            }
        }
    }
    findings
}

/// The folder of the package that a file belongs to; that of the root is empty.
fn package<'a>(tree: &'a Tree, path: &str) -> &'a str {
    let manifests = tree
        .files
        .iter()
        .filter_map(|file| file.path.strip_suffix("Cargo.toml"));
    let around = manifests.filter(|folder| path.starts_with(folder));
    around.max_by_key(|folder| folder.len()).unwrap_or_default()
}

/// A path beside a file, from the root of the repository.
fn resolved(file: &File, path: &str) -> String {
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, MACHINES, across_crates, check};

    const ACROSS: (&str, &str) = (
        "tests/a.rs",
        "//! A.\n#[path = \"../crates/tfplugin/tests/b.rs\"]\nmod b;\n",
    );

    fn lines(files: &[(&str, &str)]) -> Vec<usize> {
        let manifests = [("Cargo.toml", ""), ("crates/tfplugin/Cargo.toml", "")];
        let findings = across_crates(&Tree::of(&[&manifests, files].concat()));
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn module_of_another_crate_is_found_and_a_neighbour_is_not() {
        assert_eq!(lines(&[ACROSS]), [2]);
        let beside = "#[path = \"../b/c.rs\"]\nmod c;\n";
        assert!(lines(&[("crates/tfplugin/tests/a/mod.rs", beside)]).is_empty());
    }

    #[test]
    fn path_of_a_machine_is_found_in_any_file_and_part_of_another_path_is_not() {
        for start in MACHINES {
            let found = |text: String| {
                let findings = check(&Tree::of(&[("a.md", &text)]));
                findings.iter().any(|finding| finding.path == "a.md")
            };
            assert!(found(format!("see `{start}x`")), "{start}");
            assert!(!found(format!("see a{start}x")), "{start}");
        }
    }
}
