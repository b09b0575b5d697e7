//! The options of the commands. `cargo xtask` reads them before it builds anything, and the program that it
//! builds reads them with the same code.

mod bench;
mod codegen;
mod demo;
mod dist;
mod matrix;
mod tidy;

use std::{ffi::OsString, io::Write, process::ExitCode};

use lexopt::{Parser, ValueExt};
use terraform_cli::Cli;

pub use self::{
    bench::Bench, codegen::Codegen, demo::Demo, dist::Dist, matrix::Matrix, tidy::Tidy,
};
use crate::{failure::Failure, majors::MAJORS};

/// The major version of PostgreSQL that is used where none is asked for.
const DEFAULT_MAJOR: u16 = 17;
/// The exit code after arguments that mean nothing.
const USAGE: u8 = 2;

/// The options of a command.
pub trait Options: Sized {
    /// What `--help` prints.
    const HELP: &'static str;

    /// Reads all arguments; `None` if they ask for help.
    ///
    /// # Errors
    /// At an argument that the command does not have, and at a value that will not do.
    fn parse(arguments: Parser) -> Result<Option<Self>, lexopt::Error>;

    /// Looks, before anything is built, for what would end the command after the build.
    ///
    /// # Errors
    /// With what is missing.
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Reads the options behind a command's name.
///
/// # Errors
/// With the exit code where there is nothing to run: after the help that was asked for, which is printed, and
/// after arguments that mean nothing, which are named.
pub fn read<O: Options>(arguments: impl IntoIterator<Item = OsString>) -> Result<O, ExitCode> {
    match O::parse(Parser::from_args(arguments)) {
        Ok(Some(options)) => Ok(options),
        Ok(None) => {
            // A reader that has gone away knows enough.
            let _ignored = writeln!(std::io::stdout().lock(), "{}", O::HELP.trim_end());
            Err(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("error: {error}; --help says what there is");
            Err(ExitCode::from(USAGE))
        }
    }
}

/// Looks for what commands need that show the provider at work on the stand-in.
fn check_stage() -> Result<(), Failure> {
    if cfg!(windows) {
        return Err(Failure::new(
            "the stand-in runs PostgreSQL with what only Unix has: use Linux, macOS, or Linux within Windows (WSL)",
        ));
    }
    Cli::find()?.version()?;
    Ok(())
}

/// A major version of PostgreSQL.
fn major(text: &OsString) -> Result<u16, lexopt::Error> {
    text.parse_with(|text| match text.parse() {
        Ok(major) if MAJORS.contains(&major) => Ok(major),
        _ => Err(format!(
            "there is PostgreSQL {} to {}",
            MAJORS.start(),
            MAJORS.end()
        )),
    })
}

#[cfg(test)]
mod tests {
    use lexopt::Parser;

    use super::{Bench, Codegen, Demo, Dist, Matrix, Options, Tidy};

    /// The options as they are read, or what is wrong with the arguments.
    pub(super) fn parsed<O: Options>(arguments: &[&str]) -> Result<Option<O>, String> {
        O::parse(Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    fn refuses_what_it_does_not_have<O: Options>() {
        for arguments in [["--nonsense"], ["nonsense"], ["-n"]] {
            assert!(parsed::<O>(&arguments).is_err(), "{arguments:?}");
        }
        for arguments in [["--help"], ["-h"]] {
            assert!(matches!(parsed::<O>(&arguments), Ok(None)), "{arguments:?}");
        }
    }

    #[test]
    fn arguments_that_a_command_does_not_have_are_refused_and_help_is_understood() {
        refuses_what_it_does_not_have::<Bench>();
        refuses_what_it_does_not_have::<Codegen>();
        refuses_what_it_does_not_have::<Demo>();
        refuses_what_it_does_not_have::<Dist>();
        refuses_what_it_does_not_have::<Matrix>();
        refuses_what_it_does_not_have::<Tidy>();
    }
}
