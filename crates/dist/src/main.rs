//! `cargo xtask dist`: builds, packs, and says what it has made.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use dist::{
    Context, Failure, Package, Release, Target, again, assets, changelog,
    compile::{self, Place},
    dependencies, executable, manifest, mirror,
    notices::notices,
    place, progress,
    project::{self, Project},
    release,
    sbom::sbom,
    toolchain,
    version::{self, Commit, Standing},
};
use xtask::{
    child,
    options::{self, Dist},
};

/// The workspace that this was built in.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// As small as it gets: it is made once and downloaded often.
const COMPRESSION: i64 = 9;

fn main() -> ExitCode {
    let options = match options::read(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress!("{failure}");
            ExitCode::from(child::exit_code(1))
        }
    }
}

fn run(options: &Dist) -> Result<(), Failure> {
    let root = Path::new(ROOT);
    let project = Project::read(&root.canonicalize().map_err(place::at(root))?)?;
    let section = changelog::section(&project.file(changelog::FILE)?, &project.version);
    let commit = Commit::of(&project);
    let standing = version::check(&project.version, &commit, section.as_ref())?;
    if options.notes {
        let notes = section.map(|section| section.notes).unwrap_or_default();
        return writeln!(io::stdout(), "{notes}").context("writing the notes");
    }
    if standing == Standing::Untagged {
        progress!(
            "dist: the commit has no tag v{}: what is made of it is no release, only for a try",
            project.version
        );
    }
    let release = collect(&project, options)?.pack()?;
    // Nothing is changed in one place that the other one refuses.
    let assets = options.out.as_ref().map(|out| release.stage(out));
    let assets = assets.transpose()?;
    let packages = options.mirror.as_ref();
    let packages = packages
        .map(|mirror| mirror::stage(&release, mirror))
        .transpose()?;
    child::check()?;
    let assets = assets.map(release::Staged::put).transpose()?;
    let packages = packages.map(mirror::Staged::put).transpose()?;
    // Only now that all is where it belongs: whoever reads this may have gone.
    if let (Some(out), Some(assets)) = (&options.out, assets) {
        for asset in assets {
            print(&format!(
                "{}  {:>9}  {}",
                asset.sha256, asset.size, asset.name
            ));
        }
        progress!(
            "dist: {} is complete, but for {}.sig: `gpg --detach-sign`, binary",
            out.display(),
            assets::sums(&project.version)
        );
    }
    if let (Some(mirror), Some(folders)) = (&options.mirror, packages) {
        for folder in folders {
            print(&folder.display().to_string());
        }
        progress!(
            "dist: {} is a mirror: see docs/guides/mirror.md",
            mirror.display()
        );
    }
    Ok(())
}

fn print(line: &str) {
    let _nobody_reads = writeln!(io::stdout(), "{line}");
}

/// Reads what goes into the packages, and builds what is to be built.
fn collect(project: &Project, options: &Dist) -> Result<Release, Failure> {
    let mut wanted = options.targets.clone();
    if wanted.is_empty() && options.binaries.is_empty() {
        wanted.push(project::own_target(&project.root)?);
    }
    let given = options.binaries.iter().map(|(target, _)| target.clone());
    let targets: Vec<Target> = given.chain(wanted.iter().cloned()).collect();
    // All that can be wrong, before anything is built.
    release::check_platforms(&targets)?;
    check_folders(options, &assets::names(&project.version, &targets))?;
    let manifest = project.file(manifest::FILE)?.into_bytes();
    manifest::check(&manifest)?;
    let license = project.file(assets::LICENSE)?;
    let here = Place {
        source: project.root.clone(),
        target: project.target.clone(),
        cargo_home: compile::cargo_home()?,
        tools: project.target.join("dist"),
    };
    toolchain::check(&project.root)?;
    compile::check(&here, &wanted)?;
    let again = options
        .twice
        .then(|| again::prepare(project, &here, &wanted));
    let again = again.transpose()?;
    let mut binaries = Vec::new();
    for (target, file) in &options.binaries {
        // A pipe would be waited for, whatever signal comes.
        if !fs::metadata(file).map_err(place::at(file))?.is_file() {
            return Err(Failure::new(format!("{} is no file", file.display())));
        }
        let binary = place::read(file)?;
        executable::check(target, &binary)?;
        binaries.push(binary);
    }
    let found = dependencies::read(project, &targets)?;
    let texts = targets.iter().map(|target| notices(target, &found));
    let texts = texts.collect::<Result<Vec<_>, Failure>>()?;

    for target in &wanted {
        let binary = place::read(&compile::build(&here, project.time, target)?)?;
        if let Some(again) = &again {
            again.check(project, target, &binary)?;
        }
        binaries.push(binary);
    }
    let packages = targets.into_iter().zip(binaries).zip(texts);
    let packages = packages.map(|((target, binary), notices)| Package {
        target,
        binary,
        license: license.clone(),
        notices,
    });
    Ok(Release {
        version: project.version.clone(),
        time: project.time,
        manifest,
        sbom: sbom(project.time, &found).into_bytes(),
        packages: packages.collect(),
        compression: COMPRESSION,
    })
}

/// Holds the folders that are to be written against what may be in them.
fn check_folders(options: &Dist, assets: &[String]) -> Result<(), Failure> {
    if let (Some(out), Some(mirror)) = (&options.out, &options.mirror) {
        // All of the one would be uploaded.
        place::refuse_nested(out, mirror)?;
        for folder in mirror::folders(mirror) {
            place::refuse_nested(out, &folder)?;
        }
    }
    if let Some(out) = &options.out {
        release::check_folder(out, assets)?;
    }
    options
        .mirror
        .iter()
        .try_for_each(|mirror| mirror::check(mirror))
}
