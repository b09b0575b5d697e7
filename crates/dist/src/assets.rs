//! The assets of a release: how they are called, and whether those in a folder are right.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    Context, Failure, NAME, Target,
    archive::{self, PROGRAM, TEXT},
    executable, hash, manifest as registry_manifest,
    place::{self, at},
};

/// The licence of the provider, in a zip.
pub const LICENSE: &str = "LICENSE";
/// The licences of what is in the binary, in a zip.
pub const NOTICES: &str = "THIRD_PARTY_NOTICES.txt";

/// A file that is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub name: String,
    /// In bytes.
    pub size: usize,
    pub sha256: String,
}

/// The package for a target.
pub fn zip(version: &str, target: &Target) -> String {
    format!("{NAME}_{version}_{}.zip", target.platform())
}

/// The program in that package.
pub fn program(version: &str, target: &Target) -> String {
    format!("{NAME}_v{version}{}", target.executable_suffix())
}

/// What the registry is told.
pub fn manifest(version: &str) -> String {
    format!("{NAME}_{version}_manifest.json")
}

/// The bill of materials.
pub fn sbom(version: &str) -> String {
    format!("{NAME}_{version}_sbom.cdx.json")
}

/// The checksums of all of them, which are signed.
pub fn sums(version: &str) -> String {
    format!("{NAME}_{version}_SHA256SUMS")
}

/// All of them, in their order.
pub fn names(version: &str, targets: &[Target]) -> Vec<String> {
    let mut names = vec![manifest(version), sbom(version), sums(version)];
    names.extend(targets.iter().map(|target| zip(version, target)));
    names.sort();
    names
}

/// Reads a folder as a registry and a CLI would, and says what is in it, in the order of the names.
///
/// # Errors
/// When it does not hold exactly the assets of a release for these targets, each with its checksum; when a package
/// has other files or modes, or a program for something else.
pub fn check(folder: &Path, version: &str, targets: &[Target]) -> Result<Vec<Asset>, Failure> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().unwrap_or_default();
        files.insert(name.to_string_lossy().into_owned(), place::read(&path)?);
    }
    let expected = names(version, targets);
    if !files.keys().eq(&expected) {
        let there: Vec<&String> = files.keys().collect();
        return Err(Failure::new(format!(
            "the files are {there:?}, and should be {expected:?}"
        )));
    }
    registry_manifest::check(&files[&manifest(version)])?;
    for target in targets {
        let name = zip(version, target);
        check_package(&files[&name], version, target).context(&name)?;
    }
    let assets: Vec<Asset> = files
        .iter()
        .map(|(name, contents)| Asset {
            name: name.clone(),
            size: contents.len(),
            sha256: hash::sha256(contents),
        })
        .collect();
    let lines: String = assets
        .iter()
        .filter(|asset| asset.name != sums(version))
        .map(|asset| format!("{}  {}\n", asset.sha256, asset.name))
        .collect();
    if files[&sums(version)] != lines.as_bytes() {
        return Err(Failure::new(format!("{}: wrong checksums", sums(version))));
    }
    Ok(assets)
}

fn check_package(bytes: &[u8], version: &str, target: &Target) -> Result<(), Failure> {
    let files = archive::read(bytes)?;
    let found: Vec<(&str, u32)> = files
        .iter()
        .map(|file| (file.name.as_str(), file.mode))
        .collect();
    let program = program(version, target);
    let expected = [(LICENSE, TEXT), (NOTICES, TEXT), (&program, PROGRAM)];
    if found != expected {
        return Err(Failure::new(format!(
            "it has {found:?}, and should have {expected:?}"
        )));
    }
    if let Some(empty) = files.iter().find(|file| file.contents.is_empty()) {
        return Err(Failure::new(format!("{} is empty", empty.name)));
    }
    executable::check(target, &files[2].contents)
}
