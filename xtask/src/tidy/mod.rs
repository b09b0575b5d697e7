//! `cargo xtask tidy`: the rules of this repository that neither the compiler nor clippy checks.
//!
//! Each rule but one is a function from the [`Tree`] to its [`Finding`]s. They read text, line by line or path
//! by path: what a macro makes, they do not see. For the one about builds, cargo is asked.

mod absent;
mod builds;
mod circles;
mod docs;
mod modules;
mod paths;
mod rust;
mod shape;
mod tree;
mod workflows;

use std::{ffi::OsString, fmt, process::ExitCode};

use xtask::{
    failure::Failure,
    options::{self, Tidy},
};

use self::tree::Tree;
use crate::commands::COMMANDS;

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file, from the root of the repository.
    path: String,
    /// The line, from 1.
    line: usize,
    /// The name of the rule.
    rule: &'static str,
    /// What is wrong.
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            message,
        } = self;
        write!(f, "{path}:{line}: {rule}: {message}")
    }
}

/// Checks the files that git tracks, and those that it would track.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    if let Err(code) = options::read::<Tidy>(arguments) {
        return code;
    }
    match check_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// # Errors
/// When a rule is broken, with one line for each place; and when git does not list the files.
fn check_all() -> Result<(), Failure> {
    let commands: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let mut findings = check(&Tree::read()?, &commands);
    findings.extend(builds::check()?);
    if findings.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    Err(Failure::new(format!(
        "places that break a rule: {}\n{}",
        lines.len(),
        lines.join("\n")
    )))
}

fn check(tree: &Tree, commands: &[&str]) -> Vec<Finding> {
    let mut findings = shape::check(tree);
    findings.extend(absent::check(tree));
    findings.extend(absent::check_rules(tree));
    findings.extend(circles::check(tree));
    findings.extend(paths::check(tree));
    findings.extend(docs::check(tree, commands));
    findings.extend(workflows::check(tree, commands));
    findings.sort();
    findings
}
