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
    Context, Failure, NAME, archive, hash,
    place::{self, at},
    release::Packed,
};

/// `rdsiam/rdsiam` stands for an address in the registry of the CLI that reads it.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
const SOURCE: &str = "rdsiam/rdsiam";
/// The versions that are there.
const INDEX: &str = "index.json";

/// Packages that lie in the folders of a mirror, one for each registry, until all of them are moved up.
#[derive(Debug)]
pub struct Staged(Vec<(PathBuf, place::Staged)>);

/// Holds the packages that a mirror has already, which may be missing, against what CLIs install.
///
/// # Errors
/// When one is no zip, or has not the program of its version.
pub fn check(mirror: &Path) -> Result<(), Failure> {
    for folder in HOSTS.map(|host| mirror.join(host).join(SOURCE)) {
        if !folder.exists() {
            continue;
        }
        for package in packages(&folder)? {
            let place = package.path.display().to_string();
            let files = archive::read(&place::read(&package.path)?).context(&place)?;
            let program = format!("{NAME}_v{}", package.version);
            let names = [format!("{program}.exe"), program];
            if !files.iter().any(|file| names.contains(&file.name)) {
                return Err(Failure::new(format!("{place} has no {}", names[1])));
            }
        }
    }
    Ok(())
}

/// Writes the packages of a release into the folders of a mirror, beside what it has already, without moving them to
/// their places yet.
///
/// # Errors
/// When a package is there already for either registry and differs, or something cannot be read or written.
pub fn stage(release: &Packed, mirror: &Path) -> Result<Staged, Failure> {
    let folders = HOSTS.map(|host| mirror.join(host).join(SOURCE));
    let zips = release.zips.iter();
    let zips: Vec<(String, &[u8])> = zips
        .map(|zip| (zip.name.clone(), zip.bytes.as_slice()))
        .collect();
    // Nothing is written for one registry that the other one refuses.
    for folder in &folders {
        place::refuse_differing(folder, &zips)?;
    }
    let staged = folders.into_iter().map(|folder| {
        let staged = place::stage(&folder, &zips)?;
        Ok((folder, staged))
    });
    staged.collect::<Result<_, Failure>>().map(Staged)
}

impl Staged {
    /// Moves the packages to their places, and lists all that are there. Says where they are, one folder for each
    /// registry.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub fn put(self) -> Result<Vec<PathBuf>, Failure> {
        let put = self.0.into_iter().map(|(folder, staged)| {
            staged.put()?;
            list(&folder)?;
            Ok(folder)
        });
        put.collect()
    }
}

/// Writes the documents of a network mirror for the packages of a folder. They are what
/// `terraform providers mirror` writes, and the checksum of each zip as well.
fn list(folder: &Path) -> Result<(), Failure> {
    let mut versions: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for package in packages(folder)? {
        let bytes = place::read(&package.path)?;
        let contents = hash::contents_hash(&bytes).context(&package.path.display().to_string())?;
        let hashes = BTreeSet::from([contents, hash::zip_hash(&bytes)]);
        let archives = versions.entry(package.version).or_default();
        archives.insert(
            package.platform,
            json!({"hashes": hashes, "url": package.name}),
        );
    }
    let made = place::inside(folder)?;
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

/// A package in a folder of a mirror.
struct Package {
    path: PathBuf,
    name: String,
    version: String,
    /// Such as `linux_amd64`.
    platform: String,
}

fn packages(folder: &Path) -> Result<Vec<Package>, Failure> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some((version, platform)) = parts(&name) {
            packages.push(Package {
                version: version.to_owned(),
                platform: platform.to_owned(),
                name: name.into_owned(),
                path,
            });
        }
    }
    Ok(packages)
}

/// The version and the platform in the name of a package.
fn parts(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(NAME)?.strip_prefix('_')?;
    rest.strip_suffix(".zip")?.split_once('_')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{HOSTS, SOURCE, check, stage};
    use crate::release::tests::release;

    #[test]
    fn mirror_that_has_what_is_no_package_is_refused_by_the_name_of_the_file() {
        let packed = release(&["x86_64-unknown-linux-musl"]).pack();
        let packed = packed.expect("it can be packed");
        let mirror = tempfile::tempdir().expect("a folder can be made");
        check(mirror.path()).expect("it has nothing yet");
        let staged = stage(&packed, mirror.path()).expect("it has nothing yet");
        staged.put().expect("it can be moved");
        check(mirror.path()).expect("it has a package");
        let name = "terraform-provider-rdsiam_0.0.9_linux_amd64.zip";
        let file = mirror.path().join(HOSTS[1]).join(SOURCE).join(name);
        // An empty zip, and one with the program of another version.
        let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
        for bytes in [&empty, &packed.zips[0].bytes] {
            fs::write(&file, bytes).expect("it can be written");
            let refused = check(mirror.path()).expect_err("it is no package of 0.0.9");
            assert!(refused.to_string().contains(name), "{refused}");
        }
    }

    #[test]
    fn mirror_that_has_another_package_for_one_registry_is_left_alone_for_both() {
        for host in HOSTS {
            let mirror = tempfile::tempdir().expect("a folder can be made");
            let packed = release(&["x86_64-unknown-linux-musl"]).pack();
            let packed = packed.expect("it can be packed");
            let folder = mirror.path().join(host).join(SOURCE);
            fs::create_dir_all(&folder).expect("it can be made");
            fs::write(folder.join(&packed.zips[0].name), "old").expect("it can be written");
            let refused = stage(&packed, mirror.path()).expect_err("one differs");
            assert!(refused.to_string().contains("nothing was changed"));
            for other in HOSTS.iter().filter(|other| **other != host) {
                assert!(!mirror.path().join(other).exists(), "{other}");
            }
        }
    }
}
