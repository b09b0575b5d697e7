//! The licences of what is in a binary, as they ask to be handed on.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Failure, NAME, Target,
    dependencies::{Dependency, Id},
    place::{self, at},
};

/// How the files begin in which packages have their licences.
const BEGINNINGS: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];
/// What the compiler adds to what cargo knows of: <https://doc.rust-lang.org/std/>.
const STANDARD_LIBRARY: &str = "the standard library of Rust (MIT OR Apache-2.0): \
                                https://www.rust-lang.org/policies/licenses";
/// What the linker adds: where the triple has this, the library with its licence and the text of that.
const LINKED: [(&str, &str, &str, &str); 2] = [
    (
        "linux-musl",
        "musl libc",
        "MIT",
        include_str!("notices/musl.txt"),
    ),
    (
        "windows-gnu",
        "mingw-w64",
        "ZPL-2.1",
        include_str!("notices/mingw-w64.txt"),
    ),
];

/// The texts for the binary of one target. Packages with the same text are named together, and those that have
/// none are named with the SPDX expression of their licence.
///
/// # Errors
/// When the files of a package cannot be read.
pub fn notices(target: &Target, found: &BTreeMap<Id, Dependency>) -> Result<String, Failure> {
    let platform = target.platform();
    let inside = found
        .values()
        .filter(|dependency| !dependency.is_ours() && dependency.platforms.contains(&platform));
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for dependency in inside {
        let name = format!("{} {}", dependency.name, dependency.version);
        let license = dependency.license.as_deref().unwrap_or("see below");
        let files = license_files(&dependency.folder)?;
        let none = if files.is_empty() {
            "; no text in the package"
        } else {
            ""
        };
        let place = dependency.repository.as_deref();
        let place = place.map(|place| format!(", {place}")).unwrap_or_default();
        list.push_str(&format!("  {name} ({license}{none}){place}\n"));
        for file in files {
            let text = normal(&place::read(&file)?);
            let names = texts.entry(text).or_default();
            if !names.contains(&name) {
                names.push(name.clone());
            }
        }
    }
    for (part, name, license, text) in LINKED {
        if target.triple().contains(part) {
            list.push_str(&format!("  {name} ({license})\n"));
            let names = texts.entry(normal(text.as_bytes())).or_default();
            names.push(name.to_owned());
        }
    }
    let mut all = format!(
        "{NAME} for {platform} is under the Mozilla Public License 2.0, see LICENSE. It contains\n\n  \
         {STANDARD_LIBRARY}\n{list}"
    );
    // In the order of the first package that has the text.
    let mut texts: Vec<(Vec<String>, String)> = texts
        .into_iter()
        .map(|(text, names)| (names, text))
        .collect();
    texts.sort();
    for (names, text) in texts {
        let line = "=".repeat(100);
        all.push_str(&format!("\n{line}\n{}:\n\n{text}\n", names.join(", ")));
    }
    Ok(all)
}

/// The files with licences at the top of a package, in the order of their names.
fn license_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_uppercase();
        if path.is_file()
            && BEGINNINGS
                .iter()
                .any(|beginning| name.starts_with(beginning))
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Without what differs between systems and editors.
fn normal(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use super::notices;
    use crate::{Target, dependencies::Dependency};

    #[test]
    fn packages_with_one_text_are_named_together_and_those_without_by_their_licence() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let target = Target::parse("x86_64-unknown-linux-musl").expect("it is one");
        let mut found = BTreeMap::new();
        for (name, files) in [
            (
                "a",
                &[("LICENSE-MIT", "MIT \r\nof us"), ("src.rs", "code")][..],
            ),
            (
                "b",
                &[("license.txt", "\nMIT\nof us\n\n"), ("NOTICE", "Thanks")],
            ),
            ("c", &[]),
        ] {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).expect("a folder can be made");
            for (file, text) in files {
                fs::write(folder.join(file), text).expect("it can be written");
            }
            let dependency = Dependency {
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                license: Some("MIT".to_owned()),
                repository: None,
                checksum: Some("00".to_owned()),
                folder,
                uses: Default::default(),
                platforms: [target.platform()].into(),
            };
            found.insert((name.to_owned(), "1.0.0".to_owned()), dependency);
        }
        let text = notices(&target, &found).expect("the files can be read");
        assert!(
            text.contains("\na 1.0.0, b 1.0.0:\n\nMIT\nof us\n"),
            "{text}"
        );
        assert!(text.contains("\nb 1.0.0:\n\nThanks\n"), "{text}");
        assert!(
            text.contains("  c 1.0.0 (MIT; no text in the package)\n"),
            "{text}"
        );
        assert!(text.contains("\nmusl libc:\n\n"), "{text}");
        assert!(!text.contains("code"), "{text}");
    }
}
