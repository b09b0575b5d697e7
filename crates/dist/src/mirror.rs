//! A mirror: a folder from which the CLIs install without a registry, either as a filesystem mirror or, behind any web
//! server with TLS, as a network mirror.
//! <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    Failure, NAME, hash,
    place::{self, at},
    release::Packed,
};

/// `rdsiam/rdsiam` stands for an address in the registry of the CLI that reads it.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
const SOURCE: &str = "rdsiam/rdsiam";
/// The versions that are there.
const INDEX: &str = "index.json";

/// Puts the packages of a release beside what a mirror has already, and lists all of them. Says where the packages
/// are, one folder for each registry.
///
/// # Errors
/// When a package is there already and differs, or something cannot be read or written.
pub fn write(release: &Packed, mirror: &Path) -> Result<Vec<PathBuf>, Failure> {
    HOSTS
        .map(|host| {
            let folder = mirror.join(host).join(SOURCE);
            let made = place::beside(&folder)?;
            for zip in &release.zips {
                place::write(&made.path().join(&zip.name), &zip.bytes)?;
            }
            place::put(made.path(), &folder, "")?;
            list(&folder)?;
            Ok(folder)
        })
        .into_iter()
        .collect()
}

/// Writes the documents of a network mirror for the packages of a folder. They are what
/// `terraform providers mirror` writes, and the checksum of each zip as well.
fn list(folder: &Path) -> Result<(), Failure> {
    let mut versions: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((version, platform)) = parts(&name) else {
            continue;
        };
        let package = place::read(&path)?;
        let contents = hash::contents_hash(&package)
            .map_err(|failure| failure.in_context(&path.display().to_string()))?;
        let hashes = BTreeSet::from([contents, hash::zip_hash(&package)]);
        let archives = versions.entry(version.to_owned()).or_default();
        archives.insert(platform.to_owned(), json!({"hashes": hashes, "url": name}));
    }
    let made = place::beside(folder)?;
    let replace = |name: &str, document: &Value| {
        let new = made.path().join(name);
        place::write(&new, format!("{document:#}\n").as_bytes())?;
        let there = folder.join(name);
        fs::rename(&new, &there).map_err(at(&there))
    };
    for (version, archives) in &versions {
        replace(&format!("{version}.json"), &json!({"archives": archives}))?;
    }
    let versions: BTreeMap<&String, Value> = versions
        .keys()
        .map(|version| (version, json!({})))
        .collect();
    replace(INDEX, &json!({"versions": versions}))
}

/// The version and the platform of a package: `0.1.0` and `linux_amd64`.
fn parts(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(NAME)?.strip_prefix('_')?;
    rest.strip_suffix(".zip")?.split_once('_')
}
