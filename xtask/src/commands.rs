//! The table of the commands.

use std::{ffi::OsString, process::ExitCode};

use xtask::options::{self, Bench, Codegen, Demo, Dist, Options};

/// A command.
pub struct Command {
    /// What follows `cargo xtask`.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// How it runs.
    pub runs: Runs,
}

/// How a command runs.
pub enum Runs {
    /// In this process, which needs no dependency for it.
    Here(Here),
    /// As a program that is built first.
    Built(Program),
}

/// What this process can do by itself.
pub enum Here {
    /// The tests on one major version of PostgreSQL after another.
    Matrix,
    /// The rules of the repository.
    Tidy,
}

/// A program of this workspace.
pub struct Program {
    /// Refuses wrong arguments and what would end the program at once, and prints the help that is asked for, before
    /// anything is built; an error is the exit code then.
    pub check: fn(Vec<OsString>) -> Result<(), ExitCode>,
    /// All packages that one `cargo build` builds for it.
    pub packages: &'static [&'static str],
    /// How long that took elsewhere where nothing was built before.
    pub takes: &'static str,
    /// Its name, and its arguments in front of the caller's.
    pub call: &'static [&'static str],
}

/// What the demo needs. The measurements need less, but with other features of the same crates: so that who has
/// seen the one need not wait for the other, they build the same.
pub const STAGE: &[&str] = &["terraform-provider-rdsiam", "stage"];

/// All of them.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        summary: "Show the provider at work on a local stand-in for Aurora",
        runs: Runs::Built(Program {
            check: check::<Demo>,
            packages: STAGE,
            takes: "some 4 minutes on two cores",
            call: &["stage", "demo"],
        }),
    },
    Command {
        name: "bench",
        summary: "Measure the release binary, and what many users cost",
        runs: Runs::Built(Program {
            check: check::<Bench>,
            packages: STAGE,
            takes: "some 4 minutes on two cores, and what it measures is then built in release",
            call: &["stage", "bench"],
        }),
    },
    Command {
        name: "dist",
        summary: "Make the assets of a release, or a mirror that installs without a registry",
        runs: Runs::Built(Program {
            check: check::<Dist>,
            packages: &["dist"],
            takes: "half a minute on two cores; the provider takes longer, of which it will tell",
            call: &["dist"],
        }),
    },
    Command {
        name: "matrix",
        summary: "Run the tests that depend on PostgreSQL on each of its major versions",
        runs: Runs::Here(Here::Matrix),
    },
    Command {
        name: "codegen",
        summary: "Generate the Rust code of the protocol definitions",
        runs: Runs::Built(Program {
            check: check::<Codegen>,
            packages: &["codegen"],
            takes: "a minute on two cores",
            call: &["codegen"],
        }),
    },
    Command {
        name: "tidy",
        summary: "Check the rules of this repository that neither the compiler nor clippy checks",
        runs: Runs::Here(Here::Tidy),
    },
];

/// Checks the arguments by options that the program reads with the same code.
fn check<O: Options>(arguments: Vec<OsString>) -> Result<(), ExitCode> {
    options::read::<O>(arguments)?.check().map_err(|failure| {
        eprintln!("{failure}");
        ExitCode::FAILURE
    })
}
