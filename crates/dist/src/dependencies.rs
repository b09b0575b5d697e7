//! What is in a binary: the packages that cargo links into the provider for a target.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{Context, Failure, NAME, Target, process, project::Project};

/// A package's name and version.
pub type Id = (String, String);

/// A package that is in at least one of the binaries.
#[derive(Clone, Debug)]
pub struct Dependency {
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub license: Option<String>,
    /// As the manifest names them, if it does.
    pub authors: Vec<String>,
    pub repository: Option<String>,
    /// SHA-256 of the package as crates.io has it; `None` for those of this workspace.
    pub checksum: Option<String>,
    /// Where its files are.
    pub folder: PathBuf,
    /// The packages that it uses, of those that are in a binary too.
    pub uses: BTreeSet<Id>,
    /// The platforms whose binaries it is in.
    pub platforms: BTreeSet<String>,
}

impl Dependency {
    /// Whether it is of this workspace.
    pub fn is_ours(&self) -> bool {
        self.checksum.is_none()
    }
}

/// The packages in the provider's binaries for some targets, the provider's own among them.
///
/// # Errors
/// When cargo cannot say.
pub fn read(project: &Project, targets: &[Target]) -> Result<BTreeMap<Id, Dependency>, Failure> {
    let mut platforms: BTreeMap<Id, BTreeSet<String>> = BTreeMap::new();
    for target in targets {
        for id in linked(&project.root, target)? {
            platforms.entry(id).or_default().insert(target.platform());
        }
    }
    let checksums = checksums(&project.file("Cargo.lock")?).context("Cargo.lock")?;
    let metadata = metadata(&project.root, targets)?;
    let mut ids: BTreeMap<&str, Id> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for package in list(&metadata["packages"]) {
        let text = |field: &str| package[field].as_str().map(str::to_owned);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            continue;
        };
        let id = (name.clone(), version.clone());
        let Some(platforms) = platforms.remove(&id) else {
            continue;
        };
        ids.insert(package["id"].as_str().unwrap_or_default(), id.clone());
        let manifest = text("manifest_path").unwrap_or_default();
        let folder = Path::new(&manifest).parent().unwrap_or(&project.root);
        let dependency = Dependency {
            license: text("license").map(|license| spdx(&license)),
            authors: list(&package["authors"])
                .filter_map(|author| author.as_str().map(str::to_owned))
                .collect(),
            repository: text("repository"),
            checksum: checksums.get(&id).cloned(),
            folder: folder.to_owned(),
            uses: BTreeSet::new(),
            name,
            version,
            platforms,
        };
        found.insert(id, dependency);
    }
    if let Some((name, version)) = platforms.keys().next() {
        return Err(Failure::new(format!(
            "cargo metadata has no {name} {version}"
        )));
    }
    for node in list(&metadata["resolve"]["nodes"]) {
        let id = node["id"].as_str().and_then(|id| ids.get(id));
        let Some(dependency) = id.and_then(|id| found.get_mut(id)) else {
            continue;
        };
        let used = list(&node["deps"])
            .filter(|used| list(&used["dep_kinds"]).any(|kind| kind["kind"].is_null()))
            .filter_map(|used| ids.get(used["pkg"].as_str()?).cloned());
        dependency.uses.extend(used);
    }
    Ok(found)
}

/// The packages that are linked, with the features that a build of the provider alone has.
fn linked(root: &Path, target: &Target) -> Result<BTreeSet<Id>, Failure> {
    let mut tree = process::cargo(root);
    tree.args(["tree", "--locked", "--package", NAME])
        .args(["--target", target.triple()])
        .args(["--edges", "normal,no-proc-macro"])
        .args(["--prefix", "none", "--format", "{p}"]);
    let said = process::output(&mut tree)?;
    let ids = said.lines().filter_map(|line| {
        // `serde v1.0.228`, and behind it a path or `(*)`.
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    });
    Ok(ids.collect())
}

fn metadata(root: &Path, targets: &[Target]) -> Result<Value, Failure> {
    let mut metadata = process::cargo(root);
    metadata.args(["metadata", "--locked", "--format-version", "1"]);
    for target in targets {
        metadata.args(["--filter-platform", target.triple()]);
    }
    let said = process::output(&mut metadata)?;
    serde_json::from_str(&said).context("cargo metadata")
}

/// The checksums of Cargo.lock.
fn checksums(lock: &str) -> Result<BTreeMap<Id, String>, toml::de::Error> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let checksums = packages.into_iter().flatten().filter_map(|package| {
        let value = |key: &str| package.get(key)?.as_str().map(str::to_owned);
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    Ok(checksums.collect())
}

/// The SPDX expression of a licence, which an old manifest writes with a stroke: `MIT/Apache-2.0`.
fn spdx(license: &str) -> String {
    let parts: Vec<&str> = license.split('/').map(str::trim).collect();
    parts.join(" OR ")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{checksums, spdx};

    #[test]
    fn licence_in_the_old_form_is_an_expression() {
        for old in ["MIT/Apache-2.0", "MIT / Apache-2.0", "MIT OR Apache-2.0"] {
            assert_eq!(spdx(old), "MIT OR Apache-2.0");
        }
    }

    #[test]
    fn checksum_of_a_package_of_the_workspace_is_none() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\
                    checksum = \"00ff\"\ndependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n";
        let found = checksums(lock).expect("it is TOML");
        assert_eq!(found.len(), 1);
        assert_eq!(found[&("a".to_owned(), "1.0.0".to_owned())], "00ff");
    }
}
