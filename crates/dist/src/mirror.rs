//! A mirror: a folder from which the CLIs install without a registry, either as a filesystem mirror or, behind any web
//! server with TLS, as a network mirror.
//! <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use xtask::child;

use crate::{
    Context, Failure, NAME, archive, hash,
    place::{self, Taken, at},
    release::Packed,
};

/// `rdsiam/rdsiam` stands for an address in the registry of the CLI that reads it.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
const SOURCE: &str = "rdsiam/rdsiam";
/// The versions that are there.
const INDEX: &str = "index.json";

/// Packages and documents that lie in the folders of a mirror, one for each registry, until all of them are moved up.
#[derive(Debug)]
pub struct Staged(Vec<place::Staged>);

/// The folders of a mirror, one for each registry.
pub fn folders(mirror: &Path) -> [PathBuf; 2] {
    HOSTS.map(|host| mirror.join(host).join(SOURCE))
}

/// Holds what a mirror has already, which may be missing, against what CLIs install.
///
/// # Errors
/// When a package is no zip, or has not the program of its version; when a document is none; when a registry's folder
/// cannot be one, or another run has it.
pub fn check(mirror: &Path) -> Result<(), Failure> {
    for taken in place::take_all(&folders(mirror))? {
        let mut documents = taken.names()?;
        documents.retain(|name| name.ends_with(".json"));
        taken.refuse_no_files(&documents)?;
        Document::index(&taken)?;
        for package in packages(&taken)? {
            child::check()?;
            Document::of_version(&taken, &package.version)?;
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

/// Writes the packages of a release into the folders of a mirror, beside what it has already, and the documents of a
/// network mirror, without moving them to their places yet.
///
/// # Errors
/// When a package is there already for either registry and differs, another run has a folder, or something cannot be
/// read or written.
pub fn stage(release: &Packed, mirror: &Path) -> Result<Staged, Failure> {
    let zips = release.zips.iter();
    let zips: Vec<(String, &[u8])> = zips
        .map(|zip| (zip.name.clone(), zip.bytes.as_slice()))
        .collect();
    let mut staged = Vec::new();
    for taken in place::take_all(&folders(mirror))? {
        let mut files = taken.missing(&zips)?;
        let documents = documents(&taken, &files)?;
        // The documents come last: with them the packages are offered.
        let documents = documents.iter();
        files.extend(documents.map(|(name, text)| (name.clone(), text.as_bytes())));
        staged.push(taken.stage(&files)?);
    }
    Ok(Staged(staged))
}

impl Staged {
    /// Moves all to its place. Says where it is, one folder for each registry.
    ///
    /// # Errors
    /// When something cannot be moved. Then all that was there is there again.
    pub fn put(self) -> Result<Vec<PathBuf>, Failure> {
        place::put(&self.0)?;
        let folders = self.0.iter();
        Ok(folders.map(|staged| staged.folder().to_owned()).collect())
    }
}

/// The documents of a network mirror, as they become for the packages of a folder and new ones: those of the versions,
/// and the index. They are what `terraform providers mirror` writes, and the checksum of each zip as well.
fn documents(taken: &Taken, new: &[(String, &[u8])]) -> Result<Vec<(String, String)>, Failure> {
    let mut versions: BTreeMap<String, Vec<(Package, Value)>> = BTreeMap::new();
    let mut add = |package: Package, bytes: &[u8]| {
        child::check()?;
        let contents = hash::contents_hash(bytes).context(&package.path.display().to_string())?;
        let hashes = BTreeSet::from([contents, hash::zip_hash(bytes)]);
        let archive = json!({"hashes": hashes, "url": package.name});
        let archives = versions.entry(package.version.clone()).or_default();
        archives.push((package, archive));
        Ok::<_, Failure>(())
    };
    for package in packages(taken)? {
        let bytes = place::read(&package.path)?;
        add(package, &bytes)?;
    }
    for (name, bytes) in new {
        if let Some(package) = Package::called(taken, name) {
            add(package, bytes)?;
        }
    }
    let mut documents = Vec::new();
    let mut index = Document::index(taken)?;
    for (version, archives) in versions {
        let mut document = Document::of_version(taken, &version)?;
        for (package, archive) in archives {
            let there = document.entries.get(&package.platform);
            // Somebody offers one that lies elsewhere.
            if there.is_none_or(|there| there["url"] == archive["url"]) {
                document.entries.insert(package.platform, archive);
            }
        }
        documents.extend(document.changed());
        index.entries.entry(version).or_insert_with(|| json!({}));
    }
    documents.extend(index.changed());
    Ok(documents)
}

/// A document of a network mirror. What it says besides is kept.
struct Document {
    name: String,
    /// As it is there, or null.
    there: Value,
    key: &'static str,
    /// What is below the key.
    entries: Map<String, Value>,
}

impl Document {
    fn index(taken: &Taken) -> Result<Self, Failure> {
        Self::read(taken, INDEX.to_owned(), "versions")
    }

    fn of_version(taken: &Taken, version: &str) -> Result<Self, Failure> {
        Self::read(taken, format!("{version}.json"), "archives")
    }

    fn read(taken: &Taken, name: String, key: &'static str) -> Result<Self, Failure> {
        let path = taken.path().join(&name);
        let (there, entries) = if path.symlink_metadata().is_ok() {
            let there: Value = serde_json::from_slice(&place::read(&path)?).map_err(at(&path))?;
            let entries = there.get(key).and_then(Value::as_object).cloned();
            let none = || Failure::new(format!("{} has no {key}", path.display()));
            (there, entries.ok_or_else(none)?)
        } else {
            (Value::Null, Map::new())
        };
        Ok(Self {
            name,
            there,
            key,
            entries,
        })
    }

    /// Its name and its text, where they differ from what is there.
    fn changed(self) -> Option<(String, String)> {
        let mut document = self.there.clone();
        document[self.key] = self.entries.into();
        (document != self.there).then(|| (self.name, format!("{document:#}\n")))
    }
}

/// A package in a folder of a mirror.
struct Package {
    path: PathBuf,
    name: String,
    version: String,
    /// Such as `linux_amd64`.
    platform: String,
}

impl Package {
    /// What the name of a file says, where it is one of a package.
    fn called(taken: &Taken, name: &str) -> Option<Self> {
        let rest = name.strip_prefix(NAME)?.strip_prefix('_')?;
        let (version, platform) = rest.strip_suffix(".zip")?.split_once('_')?;
        Some(Self {
            path: taken.path().join(name),
            name: name.to_owned(),
            version: version.to_owned(),
            platform: platform.to_owned(),
        })
    }
}

fn packages(taken: &Taken) -> Result<Vec<Package>, Failure> {
    let names = taken.names()?;
    let packages = names.iter().filter_map(|name| Package::called(taken, name));
    Ok(packages.collect())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::{Value, json};

    use super::{HOSTS, INDEX, SOURCE, check, folders, stage};
    use crate::release::{Packed, tests::release};

    fn packed() -> Packed {
        let packed = release(&["x86_64-unknown-linux-musl"]).pack();
        packed.expect("it can be packed")
    }

    fn put(packed: &Packed, mirror: &Path) {
        let staged = stage(packed, mirror).expect("nothing differs");
        staged.put().expect("it can be moved");
    }

    fn document(folder: &Path, name: &str) -> Value {
        let bytes = fs::read(folder.join(name)).expect("it is there");
        serde_json::from_slice(&bytes).expect("it is a document")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("it can be listed").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn mirror_that_has_what_is_no_package_is_refused_by_the_name_of_the_file() {
        let packed = packed();
        let mirror = tempfile::tempdir().expect("a folder can be made");
        check(mirror.path()).expect("it has nothing yet");
        put(&packed, mirror.path());
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
            let packed = packed();
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
    #[test]
    fn mirror_with_a_folder_or_junk_where_a_document_will_be_is_left_alone() {
        for name in [INDEX, "0.1.0.json"] {
            let mirror = tempfile::tempdir().expect("a folder can be made");
            let packed = packed();
            let folder = mirror.path().join(HOSTS[1]).join(SOURCE);
            let document = folder.join(name);
            fs::create_dir_all(&document).expect("it can be made");
            check(mirror.path()).expect_err("it is a folder");
            stage(&packed, mirror.path()).expect_err("it is a folder");
            fs::remove_dir(&document).expect("it is empty");
            fs::write(&document, "[]").expect("it can be written");
            let refused = stage(&packed, mirror.path()).expect_err("it is junk");
            assert!(refused.to_string().contains(name), "{refused}");
            assert_eq!(names(&folder), [name]);
            assert_eq!(names(mirror.path()), [HOSTS[1]]);
        }
    }

    #[test]
    fn mirror_that_lists_what_lies_elsewhere_keeps_it() {
        let mirror = tempfile::tempdir().expect("a folder can be made");
        let [folder, _] = folders(mirror.path());
        let elsewhere = json!({"url": "https://example.com/a.zip", "hashes": ["zh:00"]});
        let index = json!({"versions": {"0.0.1": {"note": 1}}, "by": "somebody"});
        let version = json!({"archives": {"darwin_arm64": elsewhere}});
        fs::create_dir_all(&folder).expect("it can be made");
        for (name, document) in [(INDEX, &index), ("0.1.0.json", &version)] {
            fs::write(folder.join(name), document.to_string()).expect("it can be written");
        }
        check(mirror.path()).expect("they are documents");
        put(&packed(), mirror.path());
        let expected = json!({"versions": {"0.0.1": {"note": 1}, "0.1.0": {}}, "by": "somebody"});
        assert_eq!(document(&folder, INDEX), expected);
        let archives = &document(&folder, "0.1.0.json")["archives"];
        assert_eq!(archives["darwin_arm64"], elsewhere);
        assert_eq!(
            archives["linux_amd64"]["hashes"].as_array().map(Vec::len),
            Some(2)
        );
    }

    #[test]
    fn mirror_whose_packages_are_there_already_is_not_written_again() {
        let mirror = tempfile::tempdir().expect("a folder can be made");
        let packed = packed();
        put(&packed, mirror.path());
        let [folder, _] = folders(mirror.path());
        let again = stage(&packed, mirror.path()).expect("nothing differs");
        for staged in &again.0 {
            assert!(names(&staged.waiting()).is_empty());
        }
        again.put().expect("there is nothing to move");
        let zip = packed.zips[0].name.as_str();
        assert_eq!(names(&folder), ["0.1.0.json", INDEX, zip]);
    }

    #[test]
    fn mirror_into_which_another_run_writes_is_refused() {
        let mirror = tempfile::tempdir().expect("a folder can be made");
        let packed = packed();
        let other = stage(&packed, mirror.path()).expect("it has nothing yet");
        let refused = [
            check(mirror.path()),
            stage(&packed, mirror.path()).map(drop),
        ];
        for refused in refused.map(|refused| refused.expect_err("it is taken").to_string()) {
            assert!(refused.contains("another run is writing"), "{refused}");
        }
        other.put().expect("it can be moved");
        check(mirror.path()).expect("it has ended");
    }

    #[test]
    fn mirror_with_a_file_for_a_registry_is_refused_by_its_name_and_has_nothing_for_the_other() {
        let mirror = tempfile::tempdir().expect("a folder can be made");
        fs::write(mirror.path().join(HOSTS[1]), "").expect("it can be written");
        let refused = check(mirror.path()).expect_err("it is a file").to_string();
        assert!(refused.contains("opentofu.org is no folder"), "{refused}");
        assert_eq!(names(mirror.path()), [HOSTS[1]]);
    }

    #[test]
    #[cfg(unix)]
    fn mirror_whose_registries_share_a_folder_gets_each_package_once() {
        let mirror = tempfile::tempdir().expect("a folder can be made");
        let link = mirror.path().join(HOSTS[1]);
        std::os::unix::fs::symlink(HOSTS[0], link).expect("it can be made");
        check(mirror.path()).expect("it has nothing yet");
        put(&packed(), mirror.path());
        let [one, other] = folders(mirror.path());
        assert_eq!(names(&one).len(), 3);
        assert_eq!(names(&one), names(&other));
    }
}
