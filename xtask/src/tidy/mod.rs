//! `cargo xtask tidy`: the rules of this repository that neither the compiler nor clippy checks.
//!
//! Each rule is a function from the [`Tree`] to its [`Finding`]s. All of them read text, line by line or
//! path by path: what a macro makes, they do not see.

mod absent;
mod circles;
mod docs;
mod modules;
mod paths;
mod rust;
mod shape;
mod tree;

use std::{fmt, process::ExitCode};

use self::tree::Tree;
use crate::failure::Failure;

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

/// Checks the files that git tracks, and those that it would track; `commands` are the names that may
/// follow `cargo xtask`.
///
/// # Errors
/// When a rule is broken, with one line for each place; and when git does not list the files.
pub fn run(commands: &[String]) -> Result<ExitCode, Failure> {
    let findings = check(&Tree::read()?, commands);
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    Err(Failure::new(format!(
        "places that break a rule: {}\n{}",
        lines.len(),
        lines.join("\n")
    )))
}

fn check(tree: &Tree, commands: &[String]) -> Vec<Finding> {
    let mut findings = shape::check(tree);
    findings.extend(absent::check(tree));
    findings.extend(absent::check_rules(tree));
    findings.extend(circles::check(tree));
    findings.extend(paths::check(tree));
    findings.extend(docs::check(tree, commands));
    findings.sort();
    findings
}
