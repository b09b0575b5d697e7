//! Builds of the provider that are the same wherever they are made.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{self, Path, PathBuf},
    process::Command,
};

use jiff::Timestamp;

use crate::{
    Failure, NAME, Target,
    place::at,
    process::{self, run},
    project, settings, toolchain, zigbuild,
};

/// What a build may know of the environment of whoever starts it: where programs and folders are, and the way to the
/// network. Anything else, such as a profile of cargo or flags for a C compiler, would change the bytes.
const KEPT: &[&str] = &[
    "ALL_PROXY",
    "APPDATA",
    "CURL_CA_BUNDLE",
    "DEVELOPER_DIR",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LOCALAPPDATA",
    "NO_PROXY",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "RUSTUP_DIST_SERVER",
    "RUSTUP_HOME",
    "SDKROOT",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "WINDIR",
    "XDG_CACHE_HOME",
];
/// The same, by how names begin: how cargo and pip reach their registries, and how cargo prints.
const KEPT_PREFIXES: &[&str] = &[
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
    "PIP_",
];
/// The oldest macOS that programs are for.
/// <https://doc.rust-lang.org/rustc/platform-support/apple-darwin.html>
const MACOS: &str = "11.0";

/// A checkout and what cargo keeps beside it.
#[derive(Clone, Debug)]
pub struct Place {
    pub source: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Where cargo keeps the packages of others.
    pub cargo_home: PathBuf,
    /// Where the tools for other systems are kept.
    pub tools: PathBuf,
}

/// How a target can be built here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// With the C compiler and linker of this machine.
    Native,
    /// With those of zig.
    Zig,
}

/// Holds what is to be built against what can be built here, before anything is.
///
/// # Errors
/// When a target is one of macOS, and this is not macOS; when a path has a space; when cargo has settings that may
/// change the bytes.
pub fn check(place: &Place, targets: &[Target]) -> Result<(), Failure> {
    if targets.is_empty() {
        return Ok(());
    }
    names(place)?;
    settings::check(&place.source, &place.cargo_home)?;
    let host = project::host(&place.source)?;
    check_ways(&host, targets)
}

fn check_ways(host: &Target, targets: &[Target]) -> Result<(), Failure> {
    targets
        .iter()
        .try_for_each(|target| way(host, target).map(drop))
}

/// Builds the release binary for a target, and says where it is. Progress goes to standard error.
///
/// # Errors
/// When it cannot be built here, or does not build.
pub fn build(place: &Place, time: Timestamp, target: &Target) -> Result<PathBuf, Failure> {
    fs::create_dir_all(&place.target).map_err(at(&place.target))?;
    install_target(&place.source, target)?;
    let mut command = command(place, time, target)?;
    progress!(
        "dist: building the provider for {target}: the first time some four minutes on two idle cores, for Windows \
         twice that"
    );
    run(&mut command, &format!("the provider for {target}"))?;
    let file = format!("{NAME}{}", target.executable_suffix());
    Ok(place
        .target
        .join(target.triple())
        .join("release")
        .join(file))
}

/// The command that builds for a target.
fn command(place: &Place, time: Timestamp, target: &Target) -> Result<Command, Failure> {
    let way = way(&project::host(&place.source)?, target)?;
    let toolchain = toolchain::programs(&place.source)?;
    let cargo = toolchain.join(format!("cargo{}", env::consts::EXE_SUFFIX));
    let mut programs = vec![toolchain];
    let mut command = match way {
        Way::Native => {
            let mut command = process::command(&cargo, &place.source);
            command.arg("build");
            command
        }
        Way::Zig => {
            let tools = zigbuild::programs(&place.tools)?;
            let mut command = process::command(&tools.join("cargo-zigbuild"), &place.source);
            command.arg("zigbuild");
            programs.push(tools);
            command
        }
    };
    command
        .args(["--release", "--locked", "--package", NAME, "--bin", NAME])
        .args(["--target", target.triple()])
        .arg("--target-dir")
        .arg(&place.target);
    reproducible(&mut command, place, time)?;
    // Without rustup's programs, which let the folder of each dependency say which compiler they are, as some do.
    command
        .env("CARGO", cargo)
        .env("PATH", process::path_from(programs)?);
    Ok(command)
}

fn way(host: &Target, target: &Target) -> Result<Way, Failure> {
    if host == target || host.system() == "darwin" && target.system() == "darwin" {
        return Ok(Way::Native);
    }
    match (host.system(), target.system()) {
        (_, "darwin") => Err(Failure::new(format!(
            "{target} links against Apple's SDK, which macOS alone has: it is built there. Pack one that is built \
             already with --binary {target}=FILE"
        ))),
        ("windows", _) => Err(Failure::new(format!(
            "{target} cannot be built on Windows: build it on Linux, and pack it with --binary {target}=FILE"
        ))),
        _ => Ok(Way::Zig),
    }
}

/// What makes the bytes a function of the commit: no paths, no time but the commit's, no state of earlier builds.
fn reproducible(command: &mut Command, place: &Place, time: Timestamp) -> Result<(), Failure> {
    let names = names(place)?;
    let flags = |flag: &str| {
        let flags = names
            .iter()
            .map(|(path, name)| format!("{flag}={path}={name}"));
        flags.collect::<Vec<_>>().join(" ")
    };
    for (name, _) in env::vars_os() {
        if !is_kept(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
        .env("CARGO_HOME", &place.cargo_home)
        .env("MACOSX_DEPLOYMENT_TARGET", MACOS)
        .env("CARGO_INCREMENTAL", "0")
        .env("SOURCE_DATE_EPOCH", time.as_second().to_string())
        .env("RUSTFLAGS", flags("--remap-path-prefix"))
        .env("CFLAGS", flags("-ffile-prefix-map"));
    Ok(())
}

/// The paths that compilers would put into a program, each with what stands for it wherever it is built.
fn names(place: &Place) -> Result<Vec<(String, &'static str)>, Failure> {
    let mut names = Vec::new();
    // The target folder may be in the source's: either of both gives the same then.
    for (path, name) in [
        (&place.source, "/src"),
        (&place.cargo_home, "/cargo"),
        (&place.target, "/src/target"),
    ] {
        // Build scripts follow links, cargo does not.
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        for path in BTreeSet::from([path, &real]) {
            let path = path.to_string_lossy().into_owned();
            if path.contains(char::is_whitespace) {
                return Err(Failure::new(format!(
                    "{path:?}: compilers do not take a path with a space from the environment, use another one"
                )));
            }
            names.push((path, name));
        }
    }
    Ok(names)
}

/// Whether a build may know this variable of the environment, whose name is in upper case on Windows alone.
fn is_kept(name: &str) -> bool {
    let name = name.to_uppercase();
    KEPT.contains(&name.as_str()) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Has rustup install the standard library for a target, unless it is there.
fn install_target(source: &Path, target: &Target) -> Result<(), Failure> {
    let libraries = ["--print", "target-libdir", "--target", target.triple()];
    let folder = process::output(toolchain::rustc(source)?.args(libraries))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    progress!("dist: installing Rust's standard library for {target}: some seconds");
    run(
        toolchain::rustup(source)?.args(["target", "add", target.triple()]),
        &format!("`rustup target add {target}`"),
    )
}

/// Where cargo keeps what it has fetched. <https://doc.rust-lang.org/cargo/guide/cargo-home.html>
///
/// # Errors
/// When there is no home folder.
pub fn cargo_home() -> Result<PathBuf, Failure> {
    if let Some(home) = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()) {
        // A build runs in another folder.
        return path::absolute(&home).map_err(at(Path::new(&home)));
    }
    let home =
        env::home_dir().ok_or_else(|| Failure::new("there is no home folder: set CARGO_HOME"))?;
    Ok(home.join(".cargo"))
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, path::Path, process::Command};

    use jiff::Timestamp;

    use super::{Place, Way, check_ways, command, is_kept, way};
    use crate::{Target, process, project, toolchain};

    fn target(triple: &str) -> Target {
        Target::parse(triple).expect("it is one")
    }

    #[test]
    fn environment_that_changes_the_bytes_is_not_known_to_a_build() {
        for kept in ["TMPDIR", "https_proxy", "CARGO_NET_OFFLINE", "HOME"] {
            assert!(is_kept(kept), "{kept}");
        }
        for dropped in [
            "AWS_LC_SYS_CFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CC_x86_64_unknown_linux_musl",
            "CFLAGS_x86_64_unknown_linux_musl",
            "RUSTC_WRAPPER",
            "RUSTUP_TOOLCHAIN",
            "TARGET_CFLAGS",
        ] {
            assert!(!is_kept(dropped), "{dropped}");
        }
    }

    #[test]
    fn build_takes_the_compiler_of_the_checkout_also_in_a_folder_that_names_another() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let folder = tempfile::tempdir().expect("a folder can be made");
        let place = Place {
            source: root.to_owned(),
            target: folder.path().join("target"),
            cargo_home: folder.path().join("home"),
            tools: folder.path().join("tools"),
        };
        let host = project::host(root).expect("the compiler says so");
        let build = command(&place, Timestamp::UNIX_EPOCH, &host).expect("it needs no tools");
        // As a dependency may have it, whose build script asks for the compiler there.
        let named = "[toolchain]\npath = \"/nowhere\"\n";
        fs::write(folder.path().join("rust-toolchain.toml"), named).expect("it can be written");
        let mut asked = Command::new("rustc");
        for (name, value) in build.get_envs() {
            match value {
                Some(value) => asked.env(name, value),
                None => asked.env_remove(name),
            };
        }
        asked
            .args(["--print", "sysroot"])
            .current_dir(folder.path());
        let sysroot = process::output(&mut asked).expect("it is the checkout's");
        let bin = toolchain::programs(root).expect("there is a compiler");
        assert_eq!(Path::new(sysroot.trim()).join("bin"), bin);
        let cargo = bin.join(format!("cargo{}", std::env::consts::EXE_SUFFIX));
        assert_eq!(build.get_program(), OsStr::new(&cargo));
    }

    #[test]
    fn target_of_this_machine_needs_no_zig_and_others_do() {
        let linux = target("x86_64-unknown-linux-gnu");
        let mac = target("aarch64-apple-darwin");
        for (host, wanted, expected) in [
            (&linux, "x86_64-unknown-linux-gnu", Way::Native),
            (&linux, "x86_64-unknown-linux-musl", Way::Zig),
            (&linux, "aarch64-pc-windows-gnullvm", Way::Zig),
            (&mac, "x86_64-apple-darwin", Way::Native),
            (&mac, "x86_64-unknown-linux-musl", Way::Zig),
        ] {
            assert_eq!(
                way(host, &target(wanted)).expect(wanted),
                expected,
                "{wanted}"
            );
        }
    }

    #[test]
    fn target_of_macos_is_refused_elsewhere_with_what_to_do() {
        let wanted = target("aarch64-apple-darwin");
        for host in ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"] {
            let wanted = std::slice::from_ref(&wanted);
            let refused = check_ways(&target(host), wanted).expect_err(host);
            let refused = refused.to_string();
            assert!(
                refused.contains("--binary aarch64-apple-darwin=FILE"),
                "{refused}"
            );
        }
    }
}
