//! Commands: cargo, the compiler, and others, in a folder.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Context, Failure};

/// The cargo that runs this, in a folder.
pub fn cargo(folder: &Path) -> Command {
    command(
        &env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
        folder,
    )
}

/// The compiler of a folder's toolchain.
pub fn rustc(folder: &Path) -> Command {
    command(Path::new("rustc"), folder)
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
    let output = command.output().context(&name)?;
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
    let status = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .context(&format!("{what}: {name}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new(format!("{what}: failed, as said above"))),
    }
}
