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
/// What the compiler and the linker add to what cargo knows of: where the triple has this, the library with its licence
/// and the text of that. They are kept here, since a package must have the same texts on each system that packs it.
const LINKED: [(&str, &str, &str, &str); 3] = [
    (
        "",
        "the standard library of Rust",
        "MIT OR Apache-2.0",
        include_str!("notices/rust.txt"),
    ),
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

/// The MIT licence, but for whose copyright it is. <https://spdx.org/licenses/MIT.html>
const MIT: &str = include_str!("notices/mit.txt");

/// The texts for the binary of one target. Packages with the same text are named together.
///
/// # Errors
/// When the files of a package cannot be read, or it has none and is not under the MIT licence.
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
        let place = dependency.repository.as_deref();
        let place = place.map(|place| format!(", {place}")).unwrap_or_default();
        list.push_str(&format!("  {name} ({license}){place}\n"));
        let mut own = Vec::new();
        for file in files {
            own.push(normal(&place::read(&file)?));
        }
        if own.is_empty() {
            own.push(text_of_spdx(dependency)?);
        }
        for text in own {
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
        "{NAME} for {platform} is under the Mozilla Public License 2.0, see LICENSE. It contains\n\n{list}"
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

/// The text for a package that has none: that of its licence, with the authors that its manifest names.
fn text_of_spdx(dependency: &Dependency) -> Result<String, Failure> {
    let Dependency { name, version, .. } = dependency;
    let license = dependency.license.as_deref().unwrap_or_default();
    if !license.split(" OR ").any(|one| one == "MIT") {
        return Err(Failure::new(format!(
            "{name} {version} ({license}) has no text of its licence, which must be handed on: \
             crates/dist/src/notices.rs knows that of MIT alone"
        )));
    }
    let authors = match dependency.authors.as_slice() {
        [] => format!("the authors of {name}"),
        authors => authors.join(", "),
    };
    Ok(normal(
        format!(
            "The package has no text of its licence. This is that of MIT in the list of SPDX, with the authors that \
             its manifest names.\n\nCopyright (c) {authors}\n\n{MIT}"
        )
        .as_bytes(),
    ))
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
    fn packages_with_one_text_are_named_together_and_those_without_have_that_of_their_licence() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let target = Target::parse("x86_64-unknown-linux-musl").expect("it is one");
        let mut found = BTreeMap::new();
        for (name, files) in [
            (
                "a",
                &[("LICENSE-MIT", "MIT \r\nof us"), ("src.rs", "fn code()")][..],
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
                license: Some("Apache-2.0 OR MIT".to_owned()),
                authors: vec!["One".to_owned(), "Another".to_owned()],
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
        for part in [
            "\nc 1.0.0:\n\nThe package has no text",
            "\nCopyright (c) One, Another\n\nPermission is hereby granted",
            "\nthe standard library of Rust:\n\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("\nmusl libc:\n\n"), "{text}");
        assert!(!text.contains("fn code"), "{text}");

        let without = found.values_mut().next_back().expect("it is c");
        without.license = Some("ISC".to_owned());
        let refused = notices(&target, &found).expect_err("no text is known");
        assert!(refused.to_string().contains("c 1.0.0 (ISC)"), "{refused}");
    }
}
