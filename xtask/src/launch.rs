//! Programs that are built before they run: all that one needs in one `cargo build`, under the eyes of whoever
//! waits.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Command, ExitCode},
};

use xtask::failure::{Context, Failure};

use crate::{cargo, commands::Program};

/// Builds a program, and runs it in place of this process.
///
/// # Errors
/// When cargo or the program cannot be started.
pub fn run(program: &Program, arguments: Vec<OsString>) -> Result<ExitCode, Failure> {
    eprintln!(
        "Building {}. Elsewhere it took {}; what is built already is not built again.",
        program.packages.join(" and "),
        program.takes
    );
    let mut build = cargo::command();
    build.arg("build");
    for package in program.packages {
        build.args(["--package", package]);
    }
    let status = build.status().context("cargo build")?;
    if !status.success() {
        // Cargo has said why.
        return Ok(exit_code(status));
    }
    let [name, first @ ..] = program.call else {
        return Err(Failure::new("a program has a name"));
    };
    let mut command = Command::new(beside_this(name)?);
    command.args(first).args(arguments);
    replace_this(command)
}

/// A program that cargo puts where this one is.
fn beside_this(name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().context("finding this program")?;
    Ok(this.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// The program becomes this process: signals and the terminal are its own.
#[cfg(unix)]
fn replace_this(mut command: Command) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt;
    let program = command.get_program().display().to_string();
    Err(command.exec()).context(&program)
}

/// Ctrl-C reaches the program by the console.
#[cfg(not(unix))]
fn replace_this(mut command: Command) -> Result<ExitCode, Failure> {
    let program = command.get_program().display().to_string();
    command.status().map(exit_code).context(&program)
}

/// The exit code of a child; 1 where it has none.
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
