//! Cargo's own settings: what whoever builds may set in `config.toml`, and what would change the bytes.
//! <https://doc.rust-lang.org/cargo/reference/config.html>

use std::path::Path;

use crate::{Failure, place::at};

/// How cargo reaches packages, and what it shows. Whatever else is set may change what is built, and is not known to
/// whoever builds the same commit elsewhere.
const HARMLESS: [&str; 13] = [
    "alias",
    "cache",
    "cargo-new",
    "credential-alias",
    "doc",
    "future-incompat-report",
    "http",
    "install",
    "net",
    "registries",
    "registry",
    "source",
    "term",
];

/// Holds against a build what cargo reads for a checkout besides the checkout's own settings: the files of the folders
/// above it, and that of its home.
///
/// # Errors
/// When one of them has anything that may change the bytes, or cannot be read.
pub fn check(source: &Path, cargo_home: &Path) -> Result<(), Failure> {
    let above = source.ancestors().skip(1);
    let folders = above
        .map(|folder| folder.join(".cargo"))
        .chain([cargo_home.to_owned()]);
    let files = folders.flat_map(|folder| ["config", "config.toml"].map(|name| folder.join(name)));
    for file in files.filter(|file| file.is_file()) {
        check_file(&file)?;
    }
    Ok(())
}

fn check_file(file: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(at(file))?;
    let tables: toml::Table = text.parse().map_err(at(file))?;
    let mut names = tables.keys().map(String::as_str);
    match names.find(|name| !HARMLESS.contains(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::new(format!(
            "{} sets [{name}], which may change the bytes of what is built: a release follows from the commit alone. \
             Move it elsewhere meanwhile",
            file.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::check;

    #[test]
    fn settings_that_change_the_bytes_are_refused_by_file_and_table_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (source, home) = (
            folder.path().join("deep/source"),
            folder.path().join("home"),
        );
        let above = folder.path().join("deep/.cargo");
        let own = source.join(".cargo");
        for folder in [&above, &own, &home] {
            fs::create_dir_all(folder).expect("it can be made");
        }
        let own = own.join("config.toml");
        fs::write(own, "[env]\nA = \"1\"").expect("it can be written");
        let harmless = "net.offline = true\n[source.crates-io]\nreplace-with = \"ours\"\n";
        for file in [
            above.join("config.toml"),
            above.join("config"),
            home.join("config.toml"),
            home.join("config"),
        ] {
            let place = file.display().to_string();
            fs::write(&file, harmless).expect("it can be written");
            check(&source, &home).expect("they change nothing");
            for (text, table) in [
                ("profile.release.lto = false", "[profile]"),
                ("[build]\nrustc-wrapper = \"a\"", "[build]"),
                (
                    "[target.x86_64-unknown-linux-musl]\nlinker = \"a\"",
                    "[target]",
                ),
                ("[env]\nCFLAGS = \"-O0\"", "[env]"),
                ("include = \"other.toml\"", "[include]"),
                ("[", place.as_str()),
            ] {
                fs::write(&file, text).expect("it can be written");
                let refused = check(&source, &home).expect_err(text).to_string();
                assert!(refused.contains(table), "{refused}");
                assert!(refused.contains(&place), "{refused}");
            }
            fs::write(&file, harmless).expect("it can be written");
        }
    }
}
