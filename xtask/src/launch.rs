//! Programs that are built before they run: all that one needs in one `cargo build`, under the eyes of whoever
//! waits.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use xtask::{
    child,
    failure::{Context, Failure},
};

use crate::{cargo, commands::Program};

/// The profile of all programs, which is that of the alias in `.cargo/config.toml` too: with two of them, crates
/// would be compiled twice.
const PROFILE: &str = "quick";

/// Builds a program, and runs it in place of this process.
///
/// # Errors
/// When cargo or the program cannot be started.
pub fn run(program: &Program, arguments: Vec<OsString>) -> Result<ExitCode, Failure> {
    eprintln!(
        "Building {}. From nothing that took {} elsewhere; what is built already is not built again.",
        program.packages.join(" and "),
        program.takes
    );
    let mut build = cargo::command();
    build.args(["build", "--profile", PROFILE]);
    for package in program.packages {
        build.args(["--package", package]);
    }
    let status = child::status(&mut build).context("cargo build")?;
    if !status.success() || child::signal().is_some() {
        // Cargo has said why, or whoever has sent a signal knows.
        return Ok(exit_code(status));
    }
    let [name, first @ ..] = program.call else {
        return Err(Failure::new("a program has a name"));
    };
    let mut command = Command::new(built(name)?);
    command.args(first).args(arguments);
    for name in ["NO_PROXY", "no_proxy"] {
        command.env(name, with_loopback(std::env::var(name).ok()));
    }
    replace_this(command)
}

/// Where cargo has put a program: this one may be of another profile.
fn built(name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().context("finding this program")?;
    let profiles = this.parent().and_then(Path::parent);
    let profiles = profiles.ok_or_else(|| Failure::new("this program is in no folder of cargo"))?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Ok(profiles.join(PROFILE).join(file))
}

/// A list of the hosts that no proxy is asked for, with this machine in it: the stand-in is here.
fn with_loopback(list: Option<String>) -> String {
    let given = list.filter(|list| !list.trim().is_empty());
    let given = given.map_or_else(String::new, |list| list + ",");
    given + "localhost,127.0.0.1,::1"
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

/// The exit code of a program that has ended, or of the signal that has ended it through this one; otherwise 1.
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(child::exit_code(code.unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::{PROFILE, with_loopback};

    #[test]
    fn proxy_is_asked_for_no_program_of_this_machine_whatever_else_the_list_has() {
        for (given, list) in [
            (None, "localhost,127.0.0.1,::1"),
            (Some(""), "localhost,127.0.0.1,::1"),
            (Some("example.com"), "example.com,localhost,127.0.0.1,::1"),
        ] {
            assert_eq!(with_loopback(given.map(str::to_owned)), list);
        }
    }

    #[test]
    fn alias_builds_with_the_profile_of_all_programs() {
        let config = include_str!("../../.cargo/config.toml");
        let alias = format!("xtask = \"run --profile {PROFILE} --package xtask --\"");
        assert!(config.lines().any(|line| line == alias));
    }
}
