//! No crate is compiled twice on the way to the demo: with `cargo xtask` and then with what it builds, or for the
//! programs and once more for macros and build scripts.
//!
//! A crate is compiled once for each set of features. Cargo says which ones it would be, and compiles nothing for
//! the answer. It is asked for Linux, so that the answer is the same on each machine.

use std::collections::{BTreeMap, BTreeSet};

use xtask::failure::{Context, Failure};

use super::Finding;
use crate::{cargo, commands::STAGE};

const RULE: &str = "compiled twice";
const THIS: &str = "xtask/src/commands.rs";
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// # Errors
/// When cargo does not know the packages, such as without the network where they are not there yet.
pub fn check() -> Result<Vec<Finding>, Failure> {
    let mut listed = list(&["xtask"])?;
    listed.push_str(&list(STAGE)?);
    let twice = compiled_twice(&listed).into_iter();
    Ok(twice
        .map(|message| Finding::new(THIS, 1, RULE, message))
        .collect())
}

/// The crates that a build of these packages compiles, each with its features.
fn list(packages: &[&str]) -> Result<String, Failure> {
    let mut command = cargo::command();
    command.args(["tree", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}|{f}", "--target", TARGET]);
    for package in packages {
        command.args(["--package", package]);
    }
    let listed = command.output().context("cargo tree")?;
    if !listed.status.success() {
        return Err(
            Failure::new("cargo tree failed").with_output(String::from_utf8_lossy(&listed.stderr))
        );
    }
    String::from_utf8(listed.stdout).context("cargo tree")
}

fn compiled_twice(listed: &str) -> Vec<String> {
    let mut features: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in listed.lines() {
        // What it has said already, cargo marks.
        let line = line.strip_suffix(" (*)").unwrap_or(line);
        if let Some((crate_, its)) = line.split_once('|') {
            features.entry(crate_).or_default().insert(its);
        }
    }
    features.retain(|_, sets| sets.len() > 1);
    features
        .into_iter()
        .map(|(crate_, sets)| {
            let sets: Vec<String> = sets.iter().map(|set| format!("[{set}]")).collect();
            format!("{crate_} with {}", sets.join(" and "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::compiled_twice;

    #[test]
    fn crate_with_two_sets_of_features_is_found_and_two_versions_or_a_repetition_are_not() {
        let once = "a v1.0.0|std\nb v1.0.0|\nb v2.0.0|std\na v1.0.0|std (*)\n\n";
        assert!(compiled_twice(once).is_empty());
        let twice = format!("{once}a v1.0.0|\n");
        assert_eq!(compiled_twice(&twice), ["a v1.0.0 with [] and [std]"]);
    }
}
