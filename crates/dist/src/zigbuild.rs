//! cargo-zigbuild: cargo with zig as the C compiler and linker for other systems.
//! <https://github.com/rust-cross/cargo-zigbuild>
//!
//! Both come from Python's package index, into a virtual environment.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use xtask::child;

use crate::{
    Failure,
    place::at,
    process::{command as program, output, run},
};

/// What releases are built with: other versions give other bytes.
const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.1", "ziglang==0.17.1"];

/// Between two looks whether another run has installed them.
const PAUSE: Duration = Duration::from_millis(200);

/// The folder with the programs `cargo-zigbuild` and `python-zig`, which are kept in another one, and installed there if
/// they are missing.
///
/// # Errors
/// When they cannot be installed.
pub fn programs(tools: &Path) -> Result<PathBuf, Failure> {
    Ok(installed(tools)?.join("bin"))
}

fn installed(tools: &Path) -> Result<PathBuf, Failure> {
    let name = PACKAGES.join("-").replace("==", "-");
    let environment = tools.join(&name);
    if environment.is_dir() {
        return Ok(environment);
    }
    fs::create_dir_all(tools).map_err(at(tools))?;
    let lock = fs::File::open(tools).map_err(at(tools))?;
    while lock.try_lock().is_err() {
        // Another run installs them.
        child::check()?;
        thread::sleep(PAUSE);
    }
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
    progress!(
        "dist: installing {} into {}: some 100 MB to fetch, half a minute",
        PACKAGES.join(" and "),
        environment.display()
    );
    // Under another name until it is whole: what is started of it are binaries, which do not know their folder.
    let unfinished = tools.join(name + ".unfinished");
    if unfinished.is_dir() {
        fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
    }
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
