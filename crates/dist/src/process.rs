//! Commands: cargo and others, in a folder.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::child;

use crate::{Context, Failure};

/// The cargo that runs this, in a folder.
pub fn cargo(folder: &Path) -> Command {
    command(
        &env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
        folder,
    )
}

/// The `PATH` on which folders come before those of this process.
///
/// # Errors
/// When the path of one contains what separates paths.
pub fn path_from(folders: Vec<PathBuf>) -> Result<OsString, Failure> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(folders.into_iter().chain(env::split_paths(&rest)));
    path.context("PATH")
}

/// A program in a folder.
pub fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// What a command writes to standard output.
///
/// # Errors
/// When it cannot be started or fails, with what it said.
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = child::output(command).context(&name)?;
    child::check()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("{name} failed")).with_output(said));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command whose output the person sees; standard output is not for it.
///
/// # Errors
/// When it cannot be started, or fails.
pub fn run(command: &mut Command, what: &str) -> Result<(), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = child::status(command.stdout(std::io::stderr()));
    let status = status.context(&format!("{what}: {name}"))?;
    child::check()?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new(format!("{what}: failed, as said above"))),
    }
}
