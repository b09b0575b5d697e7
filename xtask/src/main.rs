//! The project's own commands, run as `cargo xtask COMMAND`.
//!
//! This program is small, so that it can answer at once. What needs more is built by it, and then runs in its
//! place.

mod cargo;
mod commands;
mod launch;
mod matrix;
mod tidy;

use std::{ffi::OsString, io::Write, process::ExitCode};

use crate::commands::{COMMANDS, Here, Runs};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let name = match arguments.next() {
        Some(name) if name != "--help" && name != "-h" => name,
        asked => return help(asked.is_some()),
    };
    let Some(command) = COMMANDS.iter().find(|command| name == command.name) else {
        eprintln!(
            "error: there is no `cargo xtask {}`\n\n{}",
            name.display(),
            overview()
        );
        return ExitCode::from(2);
    };
    let arguments: Vec<OsString> = arguments.collect();
    match &command.runs {
        Runs::Here(Here::Matrix) => matrix::run(arguments),
        Runs::Here(Here::Tidy) => tidy::run(arguments),
        Runs::Built(program) => {
            if let Err(code) = (program.check)(arguments.clone()) {
                return code;
            }
            launch::run(program, arguments).unwrap_or_else(|failure| {
                eprintln!("{failure}");
                ExitCode::FAILURE
            })
        }
    }
}

/// Prints what there is: where it was asked for on standard output.
fn help(asked: bool) -> ExitCode {
    if !asked {
        eprint!("{}", overview());
        return ExitCode::from(2);
    }
    // A reader that has gone away knows enough.
    let _ignored = write!(std::io::stdout().lock(), "{}", overview());
    ExitCode::SUCCESS
}

/// One line for each command.
fn overview() -> String {
    let mut text = "Commands for people who work on the provider, or want to see it at work.\n\n\
                    Usage: cargo xtask COMMAND [OPTIONS]\n\n"
        .to_owned();
    for command in COMMANDS {
        text.push_str(&format!("  {:<9}{}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` says more, and builds nothing.\n");
    text
}
