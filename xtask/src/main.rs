//! The project's own commands, run as `cargo xtask COMMAND`.
//!
//! They need nothing but cargo and what they say themselves is missing.

mod bench;
mod cargo;
mod codegen;
mod configuration;
mod demo;
mod failure;
mod matrix;
mod process;
mod runtime;
mod screen;
mod terraform_cli;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::{failure::Failure, screen::Screen};

/// Commands for people who work on the provider, or want to see it at work.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the provider at work on a local stand-in for Aurora.
    ///
    /// Builds the provider, starts the stand-in (real PostgreSQL behind a gate that authenticates as
    /// RDS does, and the RDS API, all on loopback) and switches a replication user from its password
    /// to IAM tokens, proves it, lets it drift, mends it and takes it back. Needs a C compiler and
    /// `terraform` or `tofu` (or what TF_CLI names). Exits with 0 only if every step passed.
    Demo(demo::Options),
    /// Measure the release binary: size, time to the handshake, resident memory, and what many users
    /// cost.
    ///
    /// The times to the handshake are medians of 30 starts, from just before the process is started
    /// until its handshake line has been read. Users are applied, refreshed and destroyed with the
    /// CLI on a local stand-in for Aurora, beside as many empty resources and the same SQL in one
    /// session.
    Bench(bench::Options),
    /// Run the tests that depend on PostgreSQL on each of its major versions.
    ///
    /// Prints for each what ran, what passed and how long it took, and what failing tests printed.
    /// Exits with 0 only if all passed.
    Matrix(matrix::Options),
    /// Generate the Rust code of the protocol definitions in `crates/tfplugin/proto`.
    Codegen {
        /// Write nothing; fail if the generated code on disk is not current.
        #[arg(long)]
        check: bool,
    },
    /// Check the rules of this repository that neither the compiler nor clippy checks.
    ///
    /// Prints each place that breaks one: headers, sizes, imports that must not be, circles of modules,
    /// paths of one machine, names in the documents that do not exist. Needs git. Exits with 0 only if
    /// there is no such place.
    Tidy,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let screen = Screen::new();
    let result = match arguments.command {
        Command::Demo(options) => demo::run(&screen, options),
        Command::Bench(options) => bench::run(&screen, &options),
        Command::Matrix(options) => matrix::run(&screen, &options),
        Command::Codegen { check } => codegen::run(check)
            .map(|()| ExitCode::SUCCESS)
            .map_err(|error| Failure::new(error.to_string())),
        Command::Tidy => tidy::run(&command_names()),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::FAILURE
    })
}

/// What may follow `cargo xtask`.
fn command_names() -> Vec<String> {
    let commands = Arguments::command();
    let names = commands.get_subcommands().map(clap::Command::get_name);
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn arguments_as_declared_are_consistent() {
        Arguments::command().debug_assert();
    }
}
