//! What `cargo xtask dist` makes, as users get it by `rdsiam/rdsiam`: from a registry, with signatures, and from mirrors.
//!
//! On Linux alone: elsewhere the CLIs trust the certificates of the system, and not those of a test.

use std::{fs, path::Path};

use dist::{Package, Release, Target, assets, executable, hash, mirror, release::Packed};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use terraform_client::cli::REGISTRIES;

use crate::support::{
    StandIn, Workspace, any_major,
    cli::{PROGRAM, Run},
    gpg::SigningKey,
    registry::Registry,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What releases are made for.
const TRIPLES: [&str; 7] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "aarch64-pc-windows-gnullvm",
    "x86_64-unknown-freebsd",
];

#[test]
fn release_from_a_registry_is_installed_locked_mirrored_and_applied() {
    let packed = pack(&fs::read(PROGRAM).expect("the provider is built"));
    let assets = written(&packed);
    let key = SigningKey::rsa();
    sign(assets.path(), |sums| key.sign(sums));
    let registry = Registry::start();
    registry.publish(VERSION, assets.path(), &[key.public()]);
    let stand_in = StandIn::start(any_major());
    let mut workspace = Workspace::new(&stand_in);
    registry.use_in(&mut workspace);
    workspace.write(
        &(stand_in.provider()
            + "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n"),
    );

    workspace
        .run(&["init"])
        .success()
        .says(&format!("Installed rdsiam/rdsiam v{VERSION} ("))
        .says("signed, key ID ");
    let locked = lock(&workspace);
    for file in listed(assets.path()) {
        let contents = fs::read(assets.path().join(&file)).expect("it can be read");
        assert!(
            locked.contains(&hash::zip_hash(&contents)),
            "{file}:\n{locked}"
        );
    }

    let platforms = platforms(&packed);
    let platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
    workspace
        .run(&[&["providers", "lock"], &platforms[..]].concat())
        .success();
    let locked = lock(&workspace);
    for zip in &packed.zips {
        let contents = hash::contents_hash(&zip.bytes).expect("it is a zip");
        assert!(locked.contains(&contents), "{}:\n{locked}", zip.name);
    }

    workspace
        .run(&[&["providers", "mirror"], &platforms[..], &["theirs"]].concat())
        .success();
    let ours = workspace.path().join("ours");
    let staged = mirror::stage(&packed, &ours).expect("a mirror can be made");
    staged.put().expect("a mirror can be made");
    compare_mirrors(&workspace.path().join("theirs"), &ours);

    workspace.run(&["validate"]).success();
    workspace.apply().success();
    assert!(stand_in.memberships("cdc").contains(&"rds_iam".to_owned()));
}

#[test]
fn mirror_made_twice_installs_from_its_folder_and_from_a_web_server() {
    let packed = pack(&pretended());
    let folder = tempfile::tempdir().expect("a folder can be made");
    for _ in 0..2 {
        let staged = mirror::stage(&packed, folder.path()).expect("nothing differs");
        staged.put().expect("nothing differs");
    }

    let mut workspace = Workspace::offline();
    workspace.write("provider \"rdsiam\" {}\n");
    workspace.write_cli_configuration(&format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        folder.path()
    ));
    workspace.run(&["init"]).success().says("(unauthenticated)");

    let mut workspace = Workspace::offline();
    workspace.write("provider \"rdsiam\" {}\n");
    let registry = Registry::start();
    registry.serve_mirror(folder.path());
    registry.mirror_in(&mut workspace);
    // As the guide has it: whoever has checked the packages locks them for everybody.
    let from = format!("-fs-mirror={}", folder.path().display());
    let platforms = platforms(&packed);
    let mut arguments = vec!["providers", "lock", &from];
    arguments.extend(platforms.iter().map(String::as_str));
    workspace.run(&arguments).success();
    let locked = lock(&workspace);
    workspace
        .run(&["init", "-lockfile=readonly"])
        .success()
        .says("(verified checksum)");
    assert_eq!(lock(&workspace), locked);

    for host in REGISTRIES {
        let package = folder.path().join(host).join("rdsiam/rdsiam");
        flip_a_byte(&package.join(assets::zip(VERSION, &own_target())));
    }
    registry.serve_mirror(folder.path());
    fs::remove_dir_all(workspace.path().join(".terraform")).expect("it was installed");
    let run = workspace.run(&["init", "-lockfile=readonly"]).failure();
    run.says("failed to verify provider package checksums: ");
    mirror::stage(&packed, folder.path())
        .map(drop)
        .expect_err("a package there differs");
}

#[test]
fn release_with_a_flipped_byte_is_refused() {
    let (assets, key) = signed();
    flip_a_byte(&assets.path().join(assets::zip(VERSION, &own_target())));
    let run = init(assets.path(), &key);
    run.failure().says("has incorrect checksum");
}

#[test]
fn release_signed_by_a_foreign_key_is_refused() {
    let (assets, _) = signed();
    let run = init(assets.path(), &SigningKey::ed25519());
    run.failure()
        .says("authentication signature from unknown issuer");
}

#[test]
fn release_with_an_armored_signature_is_refused() {
    let (assets, key) = signed();
    sign(assets.path(), |sums| key.sign_armored(sums));
    let run = init(assets.path(), &key);
    run.failure()
        .says("error checking signature: openpgp: invalid data");
}

#[test]
fn release_for_another_protocol_is_refused_when_it_is_packed_and_when_it_is_installed() {
    for manifest in [
        "{\"version\": 1}",
        r#"{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}"#,
    ] {
        let release = Release {
            manifest: manifest.into(),
            ..release(&pretended())
        };
        let refused = release.pack().map(drop).expect_err("CLIs would be misled");
        assert!(
            refused.to_string().contains("metadata.protocol_versions"),
            "{refused}"
        );
    }

    let (assets, key) = signed();
    let manifest = r#"{"version": 1, "metadata": {"protocol_versions": ["7.0"]}}"#;
    let file = assets.path().join(assets::manifest(VERSION));
    fs::write(file, manifest).expect("it can be written");
    let run = init(assets.path(), &key);
    run.failure().says("Incompatible provider version");
}

/// A release for all platforms, with a program for this one. Those for others do nothing.
fn release(program: &[u8]) -> Release {
    let own = own_target();
    let others = TRIPLES.map(|triple| Target::parse(triple).expect("it is one"));
    let others = others
        .into_iter()
        .filter(|other| other.platform() != own.platform());
    let package = |target, binary| Package {
        target,
        binary,
        license: include_str!("../../../LICENSE").to_owned(),
        notices: "Of others.\n".to_owned(),
    };
    let mut packages = vec![package(own.clone(), program.to_vec())];
    packages.extend(others.map(|other| package(other.clone(), executable::pretended(&other))));
    Release {
        version: VERSION.to_owned(),
        time: Timestamp::from_second(1_700_000_000).expect("it is a time"),
        manifest: include_bytes!("../../../terraform-registry-manifest.json").to_vec(),
        sbom: b"{}\n".to_vec(),
        packages,
        compression: 1,
    }
}

fn pack(program: &[u8]) -> Packed {
    release(program).pack().expect("it can be packed")
}

fn own_target() -> Target {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    Target::parse(&triple).expect("it is one")
}

/// A program for this machine that does nothing.
fn pretended() -> Vec<u8> {
    executable::pretended(&own_target())
}

/// The options of the CLI for all platforms.
fn platforms(packed: &Packed) -> Vec<String> {
    let platforms = packed.zips.iter().map(|zip| zip.target.platform());
    platforms
        .map(|platform| format!("-platform={platform}"))
        .collect()
}

/// A folder with the assets.
fn written(packed: &Packed) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let staged = packed.stage(folder.path()).expect("they can be written");
    staged.put().expect("they can be written");
    folder
}

/// A release of programs that do nothing, with a good signature, and its key.
fn signed() -> (TempDir, SigningKey) {
    let assets = written(&pack(&pretended()));
    let key = SigningKey::ed25519();
    sign(assets.path(), |sums| key.sign(sums));
    (assets, key)
}

/// Puts the signature of the checksums beside them.
fn sign(assets: &Path, signature: impl FnOnce(&Path) -> Vec<u8>) {
    let name = assets::sums(VERSION);
    let signature = signature(&assets.join(&name));
    fs::write(assets.join(name + ".sig"), signature).expect("it can be written");
}

/// The files that the checksums list.
fn listed(assets: &Path) -> Vec<String> {
    let sums = fs::read_to_string(assets.join(assets::sums(VERSION))).expect("they are there");
    let names = sums.lines().filter_map(|line| line.split_once("  "));
    names.map(|(_, name)| name.to_owned()).collect()
}

/// Installs a release from a registry that knows one key.
fn init(assets: &Path, key: &SigningKey) -> Run {
    let registry = Registry::start();
    registry.publish(VERSION, assets, &[key.public()]);
    let mut workspace = Workspace::offline();
    registry.use_in(&mut workspace);
    workspace.write("provider \"rdsiam\" {}\n");
    workspace.run(&["init"])
}

/// The lock file of a workspace.
fn lock(workspace: &Workspace) -> String {
    let file = workspace.path().join(".terraform.lock.hcl");
    fs::read_to_string(file).expect("there is a lock file")
}

fn flip_a_byte(file: &Path) {
    let mut bytes = fs::read(file).expect("it can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("it can be written");
}

/// Holds the mirror that the CLI has made against ours, which may know more checksums.
fn compare_mirrors(theirs: &Path, ours: &Path) {
    let host = REGISTRIES
        .into_iter()
        .find(|host| theirs.join(host).is_dir());
    let folder = Path::new(host.expect("it is for a registry")).join("rdsiam/rdsiam");
    let files = |mirror: &Path| {
        let folder = mirror.join(&folder);
        let files = fs::read_dir(&folder).expect("it can be listed");
        let files = files.map(|entry| entry.expect("it can be listed").path());
        let mut files: Vec<_> = files
            .map(|file| file.strip_prefix(&folder).expect("it is in it").to_owned())
            .collect();
        files.sort();
        files
    };
    assert_eq!(files(theirs), files(ours));
    for file in files(theirs) {
        let read =
            |mirror: &Path| fs::read(mirror.join(&folder).join(&file)).expect("it can be read");
        let (theirs, ours) = (read(theirs), read(ours));
        if file.extension().is_some_and(|extension| extension == "zip") {
            assert!(theirs == ours, "{}", file.display());
            continue;
        }
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("it is JSON");
        let (theirs, ours) = (json(&theirs), json(&ours));
        assert_eq!(theirs["versions"], ours["versions"]);
        let archives = |document: &Value| {
            document["archives"]
                .as_object()
                .cloned()
                .unwrap_or_default()
        };
        let (theirs, ours) = (archives(&theirs), archives(&ours));
        assert!(theirs.keys().eq(ours.keys()), "{theirs:?} {ours:?}");
        for (platform, archive) in theirs {
            assert_eq!(archive["url"], ours[&platform]["url"]);
            let known = ours[&platform]["hashes"]
                .as_array()
                .expect("there are some");
            for hash in archive["hashes"].as_array().expect("there are some") {
                assert!(known.contains(hash), "{platform}: {hash}");
            }
        }
    }
}
