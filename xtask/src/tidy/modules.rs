//! Which module of a crate uses which, from the paths in its files.
//!
//! A module is a file here; what is in `mod NAME { .. }` belongs to its file. A name that a module only
//! passes on (`pub use`) counts as use of the module that has it, unless it is passed on with `*`. Tests
//! do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    rust::{self, RustPath},
    tree::Tree,
};

/// Names from the crate's root, which has none.
pub type Name = Vec<String>;

/// One crate, by the folder of its root.
pub struct Crate {
    /// From the root of the repository, without `/` at the end.
    pub folder: String,
    modules: BTreeMap<Name, Module>,
}

struct Module {
    file: String,
    paths: Vec<RustPath>,
}

/// A use of one module by another.
pub struct Use {
    pub from: Name,
    pub to: Name,
    /// The file of `from`, and the line in it.
    pub file: String,
    pub line: usize,
}

/// All crates whose root is a `lib.rs` or `main.rs`; where there are both, that of the former.
pub fn crates(tree: &Tree) -> Vec<Crate> {
    let folders: BTreeSet<&str> = tree
        .rust()
        .filter_map(|file| {
            let (folder, name) = file.path.rsplit_once('/')?;
            matches!(name, "lib.rs" | "main.rs").then_some(folder)
        })
        .collect();
    let crates = folders.into_iter();
    crates.map(|folder| Crate::new(tree, folder)).collect()
}

impl Crate {
    fn new(tree: &Tree, folder: &str) -> Self {
        let mut modules = BTreeMap::new();
        let mut of_tests: Vec<Name> = Vec::new();
        let has_library = tree.has(&format!("{folder}/lib.rs"));
        for file in tree.rust() {
            let below = file
                .path
                .strip_prefix(folder)
                .and_then(|path| path.strip_prefix('/'));
            let Some(name) = below.and_then(|path| module_name(path, has_library)) else {
                continue;
            };
            let code = rust::without_comments_and_texts(&file.text);
            let children = rust::test_modules(&code).into_iter();
            of_tests.extend(children.map(|child| joined(&name, child)));
            let module = Module {
                file: file.path.clone(),
                paths: rust::paths(rust::before_tests(&code)),
            };
            modules.insert(name, module);
        }
        modules.retain(|name, _| !of_tests.iter().any(|test| name.starts_with(test)));
        Self {
            folder: folder.to_owned(),
            modules,
        }
    }

    /// Each use of another module.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (name, module) in &self.modules {
            for path in &module.paths {
                match self.module_of(name, &path.names, path.alias.is_some(), 0) {
                    Some(to) if to != *name => uses.push(Use {
                        from: name.clone(),
                        to,
                        file: module.file.clone(),
                        line: path.line,
                    }),
                    _ => {}
                }
            }
        }
        uses
    }

    /// The module that has what a path names; `None` for another crate's.
    ///
    /// `depth` ends names that are passed on in a circle.
    fn module_of(
        &self,
        from: &Name,
        path: &[String],
        is_import: bool,
        depth: usize,
    ) -> Option<Name> {
        let mut at = from.clone();
        for (index, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => at = Name::new(),
                "self" => {}
                "super" => {
                    at.pop()?;
                }
                name => {
                    let child = joined(&at, name);
                    if self.modules.contains_key(&child) {
                        at = child;
                        continue;
                    }
                    // `use a::b` must not be looked up in itself.
                    let own_import = is_import && index == 0;
                    let passed_on = match own_import {
                        true => None,
                        false => self.passed_on(&at, name, depth),
                    };
                    match passed_on {
                        Some(module) => at = module,
                        None if index == 0 => return None,
                        None => break,
                    }
                }
            }
        }
        Some(at)
    }

    fn passed_on(&self, module: &Name, name: &str, depth: usize) -> Option<Name> {
        let paths = &self.modules.get(module)?.paths;
        let import = paths
            .iter()
            .find(|path| path.alias.as_deref() == Some(name))?;
        if depth == 8 {
            return None;
        }
        self.module_of(module, &import.names, true, depth + 1)
    }
}

/// The name of the module in a file below the root's folder; `None` for the root of another crate.
fn module_name(path: &str, has_library: bool) -> Option<Name> {
    let path = path.strip_suffix(".rs")?;
    if path == "lib" || (path == "main" && !has_library) {
        return Some(Name::new());
    }
    let is_root = |name: &str| matches!(name, "lib" | "main");
    if path.rsplit('/').next().is_some_and(is_root) || path.starts_with("bin/") {
        return None;
    }
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(path.split('/').map(str::to_owned).collect())
}

fn joined(module: &[String], child: &str) -> Name {
    let child = std::iter::once(child.to_owned());
    module.iter().cloned().chain(child).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, crates};

    fn uses(files: &[(&str, &str)]) -> Vec<String> {
        let crates = crates(&Tree::of(files));
        let uses = crates.iter().flat_map(|one| one.uses());
        uses.map(|one| format!("{}:{} {}", one.file, one.line, one.to.join("::")))
            .collect()
    }

    #[test]
    fn use_is_of_the_module_that_has_the_name() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "\nuse crate::b::Passed;\nuse super::b::Own;"),
            ("src/b/mod.rs", "mod c;\npub use c::Passed;"),
            ("src/b/c.rs", ""),
        ];
        assert_eq!(
            uses(&files),
            ["src/a.rs:2 b::c", "src/a.rs:3 b", "src/b/mod.rs:2 b::c"]
        );
    }

    #[test]
    fn use_by_tests_and_of_other_crates_does_not_count() {
        let files = [
            ("src/lib.rs", "#[cfg(test)]\nmod t;\nmod a;"),
            (
                "src/a.rs",
                "use b::B;\n#[cfg(test)]\nmod tests { use crate::t::T; }",
            ),
            ("src/t.rs", "use crate::a::A;"),
        ];
        assert!(uses(&files).is_empty());
    }

    #[test]
    fn names_passed_on_in_a_circle_end() {
        let files = [
            ("src/lib.rs", ""),
            ("src/a.rs", "pub use crate::b::X;"),
            ("src/b.rs", "pub use crate::a::X;"),
        ];
        assert_eq!(uses(&files).len(), 2);
    }

    #[test]
    fn main_beside_a_library_is_another_crate() {
        let files = [
            ("src/lib.rs", "mod a;"),
            ("src/main.rs", "use a::A;"),
            ("src/a.rs", ""),
        ];
        assert!(uses(&files).is_empty());
    }
}
