//! cargo-zigbuild: cargo with zig as the C compiler and linker for other systems.
//! <https://github.com/rust-cross/cargo-zigbuild>
//!
//! Both come from Python's package index, into a virtual environment.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Failure,
    place::at,
    process::{command as program, output, run},
};

/// What releases are built with: other versions give other bytes.
const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.1", "ziglang==0.17.1"];

/// `cargo zigbuild` in a folder; the tools are kept in another one, and installed there if they are missing.
///
/// # Errors
/// When they cannot be installed.
pub fn command(tools: &Path, source: &Path) -> Result<Command, Failure> {
    let programs = installed(tools)?.join("bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(
        [programs.clone()]
            .into_iter()
            .chain(env::split_paths(&path)),
    );
    let path = path.map_err(|error| Failure::new(format!("{}: {error}", programs.display())))?;
    let mut command = program(&programs.join("cargo-zigbuild"), source);
    command.arg("zigbuild").env("PATH", path);
    Ok(command)
}

fn installed(tools: &Path) -> Result<PathBuf, Failure> {
    let name = PACKAGES.join("-").replace("==", "-");
    let environment = tools.join(&name);
    if environment.is_dir() {
        return Ok(environment);
    }
    let python = output(
        program(Path::new("python3"), Path::new(".")).args(["-c", "import venv, ensurepip"]),
    );
    python.map_err(|failure| {
        failure.in_context(&format!(
            "python3 with venv and pip is needed to install {} (on Debian: apt-get install python3-venv)",
            PACKAGES.join(" and ")
        ))
    })?;
    eprintln!(
        "dist: installing {} into {}: some 100 MB to fetch, half a minute",
        PACKAGES.join(" and "),
        environment.display()
    );
    // Under another name until it is whole: what is started of it are binaries, which do not know their folder.
    let unfinished = tools.join(name + ".unfinished");
    if unfinished.is_dir() {
        fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
    }
    fs::create_dir_all(tools).map_err(at(tools))?;
    let mut venv = program(Path::new("python3"), tools);
    run(
        venv.args(["-m", "venv"]).arg(&unfinished),
        "a virtual environment",
    )?;
    let mut pip = program(&unfinished.join("bin/python"), tools);
    run(
        pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES),
        "the tools",
    )?;
    fs::rename(&unfinished, &environment).map_err(at(&environment))?;
    Ok(environment)
}
