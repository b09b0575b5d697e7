//! A release: its packages, and the folder with everything that belongs to it but the signature.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use xtask::child;

use crate::{
    Context, Failure, NAME, Target,
    archive::{self, File},
    assets::{self, Asset},
    executable, hash, manifest,
    place::{self, at},
};

/// What a release is made of.
#[derive(Clone, Debug)]
pub struct Release {
    /// Without `v`.
    pub version: String,
    /// The time of all files in the packages.
    pub time: Timestamp,
    /// `terraform-registry-manifest.json`.
    pub manifest: Vec<u8>,
    /// What is in the binaries, as CycloneDX.
    pub sbom: Vec<u8>,
    pub packages: Vec<Package>,
    /// From 1, fast, to 9, small.
    pub compression: i64,
}

/// What is shipped for one target.
#[derive(Clone, Debug)]
pub struct Package {
    pub target: Target,
    pub binary: Vec<u8>,
    /// The licence of the provider.
    pub license: String,
    /// The licences of what is in the binary.
    pub notices: String,
}

/// A release with its zips.
#[derive(Debug)]
pub struct Packed {
    pub version: String,
    manifest: Vec<u8>,
    sbom: Vec<u8>,
    /// In the order of their names.
    pub zips: Vec<Zip>,
}

/// A package as it is downloaded.
#[derive(Debug)]
pub struct Zip {
    pub target: Target,
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Release {
    /// Makes the zips.
    ///
    /// # Errors
    /// When the manifest says another protocol than the provider speaks, a binary is not one for its target, or two
    /// are for one platform.
    pub fn pack(&self) -> Result<Packed, Failure> {
        manifest::check(&self.manifest)?;
        check_platforms(self.packages.iter().map(|package| &package.target))?;
        let mut zips = Vec::new();
        for package in &self.packages {
            // Packing takes seconds.
            child::check()?;
            executable::check(&package.target, &package.binary)?;
            zips.push(Zip {
                name: assets::zip(&self.version, &package.target),
                bytes: archive::pack(&package.files(&self.version), self.time, self.compression)?,
                target: package.target.clone(),
            });
        }
        zips.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Packed {
            version: self.version.clone(),
            manifest: self.manifest.clone(),
            sbom: self.sbom.clone(),
            zips,
        })
    }
}

/// Holds against each other what is to be packed.
///
/// # Errors
/// When two targets are of one platform.
pub fn check_platforms<'a>(targets: impl IntoIterator<Item = &'a Target>) -> Result<(), Failure> {
    let mut platforms: BTreeMap<String, &Target> = BTreeMap::new();
    for target in targets {
        if let Some(other) = platforms.insert(target.platform(), target) {
            return Err(Failure::new(format!(
                "{other} and {target} are both {}: a release has one binary for a platform",
                target.platform()
            )));
        }
    }
    Ok(())
}

/// Holds a folder, which may be missing, against the names of the assets that are to be put into it.
///
/// # Errors
/// When it has others, or what no asset can replace; when it is no folder, or another run has it.
pub fn check_folder(folder: &Path, assets: &[String]) -> Result<(), Failure> {
    let taken = place::take(folder)?;
    taken.refuse_others(assets)?;
    taken.refuse_no_files(assets)
}

impl Package {
    fn files(&self, version: &str) -> [File; 3] {
        let file = |name: &str, mode, contents: &[u8]| File {
            name: name.to_owned(),
            mode,
            contents: contents.to_vec(),
        };
        let program = assets::program(version, &self.target);
        [
            file(assets::LICENSE, archive::TEXT, self.license.as_bytes()),
            file(assets::NOTICES, archive::TEXT, self.notices.as_bytes()),
            file(&program, archive::PROGRAM, &self.binary),
        ]
    }
}

/// Assets that lie in the folder where they will be, until they are moved to their places.
#[derive(Debug)]
pub struct Staged {
    /// Where the checksums will be.
    sums: PathBuf,
    files: place::Staged,
    assets: Vec<Asset>,
}

impl Packed {
    /// Writes all assets into a folder of their own inside another one, reads them again and finds them right, without
    /// moving them to their places yet.
    ///
    /// # Errors
    /// When the folder has something that is no asset of this release, another run has it, or something cannot be
    /// written.
    pub fn stage(&self, folder: &Path) -> Result<Staged, Failure> {
        let version = &self.version;
        let mut files: Vec<(String, &[u8])> = self
            .zips
            .iter()
            .map(|zip| (zip.name.clone(), zip.bytes.as_slice()))
            .collect();
        files.push((assets::manifest(version), &self.manifest));
        files.push((assets::sbom(version), &self.sbom));
        files.sort();
        let sums: String = files
            .iter()
            .map(|(name, contents)| format!("{}  {name}\n", hash::sha256(contents)))
            .collect();
        files.push((assets::sums(version), sums.as_bytes()));

        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        let taken = place::take(folder)?;
        taken.refuse_others(&names)?;
        // The sums come last: with them the folder is complete.
        let staged = taken.stage(&files)?;
        let targets: Vec<Target> = self.zips.iter().map(|zip| zip.target.clone()).collect();
        let assets = assets::check(&staged.waiting(), version, &targets)
            .context(&format!("{NAME} {version}"))?;
        Ok(Staged {
            sums: folder.join(assets::sums(version)),
            files: staged,
            assets,
        })
    }
}

impl Staged {
    /// Moves the assets to their places, over those of an earlier time, the checksums after all others. Says what
    /// they are.
    ///
    /// # Errors
    /// When one cannot be moved. Then all that was there is there again.
    pub fn put(self) -> Result<Vec<Asset>, Failure> {
        // Those that are there are of other bytes from the first asset on.
        if self.sums.exists() {
            fs::remove_file(&self.sums).map_err(at(&self.sums))?;
        }
        place::put(&[self.files])?;
        Ok(self.assets)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use jiff::Timestamp;

    use super::{Package, Release, check_folder};
    use crate::{Target, assets, executable};

    pub fn release(triples: &[&str]) -> Release {
        let packages = triples.iter().map(|triple| {
            let target = Target::parse(triple).expect("it is one");
            Package {
                binary: executable::pretended(&target),
                license: "MPL-2.0".to_owned(),
                notices: "Of others.".to_owned(),
                target,
            }
        });
        Release {
            version: "0.1.0".to_owned(),
            time: Timestamp::from_second(1_700_000_000).expect("it is a time"),
            manifest: br#"{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}"#.to_vec(),
            sbom: b"{}".to_vec(),
            packages: packages.collect(),
            compression: 9,
        }
    }

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).expect("it can be listed");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        paths
            .map(|path| {
                let name = path.file_name().expect("it has a name").to_string_lossy();
                (name.into_owned(), fs::read(&path).expect("it can be read"))
            })
            .collect()
    }

    #[test]
    fn release_packed_twice_has_the_same_bytes_in_both_folders() {
        let parent = tempfile::tempdir().expect("a folder can be made");
        let triples = ["x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"];
        let write = |folder: &Path| {
            let packed = release(&triples).pack().expect("it can be packed");
            let staged = packed.stage(folder).expect("it can be written");
            staged.put().expect("it can be moved")
        };
        let (one, other) = (parent.path().join("one"), parent.path().join("deep/other"));
        let assets = write(&one);
        assert_eq!(write(&other), assets);
        // Over those of an earlier time.
        fs::write(other.join(&assets[1].name), "old").expect("it can be written");
        assert_eq!(write(&other), assets);
        let one = files(&one);
        assert_eq!(one, files(&other));
        let names: Vec<&str> = assets.iter().map(|asset| asset.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "terraform-provider-rdsiam_0.1.0_SHA256SUMS",
                "terraform-provider-rdsiam_0.1.0_linux_amd64.zip",
                "terraform-provider-rdsiam_0.1.0_manifest.json",
                "terraform-provider-rdsiam_0.1.0_sbom.cdx.json",
                "terraform-provider-rdsiam_0.1.0_windows_amd64.zip",
            ]
        );
        let sums = String::from_utf8_lossy(&one["terraform-provider-rdsiam_0.1.0_SHA256SUMS"]);
        assert_eq!(sums.lines().count(), 4, "{sums}");
    }

    #[test]
    fn signature_is_never_left_beside_other_checksums() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let signature = "terraform-provider-rdsiam_0.1.0_SHA256SUMS.sig";
        fs::write(folder.path().join(signature), "stale").expect("it can be written");
        let packed = release(&["x86_64-unknown-linux-musl"]).pack();
        let refused = packed.expect("it can be packed").stage(folder.path());
        let refused = refused.expect_err("it has a signature").to_string();
        assert!(refused.contains(signature), "{refused}");
        assert_eq!(files(folder.path()).len(), 1);
    }

    #[test]
    fn folder_with_a_folder_called_as_an_asset_is_refused_and_the_checksums_stay() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let packed = release(&["x86_64-unknown-linux-musl"]).pack();
        let packed = packed.expect("it can be packed");
        let sums = folder.path().join(assets::sums("0.1.0"));
        fs::write(&sums, "old").expect("it can be written");
        let zip = &packed.zips[0];
        fs::create_dir(folder.path().join(&zip.name)).expect("it can be made");
        let names = assets::names("0.1.0", std::slice::from_ref(&zip.target));
        let checked = check_folder(folder.path(), &names).expect_err("the zip is a folder");
        let refused = packed.stage(folder.path()).expect_err("it still is");
        for refused in [checked, refused].map(|refused| refused.to_string()) {
            assert!(refused.contains("zip is a folder"), "{refused}");
        }
        assert_eq!(fs::read(sums).expect("it is there"), b"old");
    }

    #[test]
    fn folder_into_which_another_run_writes_is_refused_before_and_after_the_build() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let packed = release(&["x86_64-unknown-linux-musl"]).pack();
        let packed = packed.expect("it can be packed");
        let other = packed.stage(folder.path()).expect("it can be written");
        let checked = check_folder(folder.path(), &[]).expect_err("it is taken");
        let refused = packed.stage(folder.path()).expect_err("it is taken");
        for refused in [checked, refused].map(|refused| refused.to_string()) {
            assert!(refused.contains("another run is writing"), "{refused}");
        }
        other.put().expect("it can be moved");
        assert_eq!(files(folder.path()).len(), 4);
    }

    #[test]
    fn release_with_two_binaries_for_a_platform_or_one_of_another_is_refused() {
        let twice = release(&["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"]);
        let refused = twice.pack().expect_err("both are linux_amd64").to_string();
        assert!(refused.contains("are both linux_amd64"), "{refused}");

        let mut wrong = release(&["x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"]);
        wrong.packages[0].binary = wrong.packages[1].binary.clone();
        let refused = wrong.pack().expect_err("it is for Windows").to_string();
        assert!(refused.contains("is one of windows_amd64"), "{refused}");
    }
}
