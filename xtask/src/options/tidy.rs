//! The options of `cargo xtask tidy`, which has none.

use lexopt::{
    Arg::{Long, Short},
    Parser,
};

use super::Options;

/// No option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidy;

impl Options for Tidy {
    const HELP: &'static str = "\
Check the rules of this repository that neither the compiler nor clippy checks.

Prints each place that breaks one: headers, sizes, imports that must not be, circles of modules, paths of
one machine, names in the documents that do not exist, crates that are compiled twice for the demo. Needs
git. Exits with 0 only if there is no such place.

Usage: cargo xtask tidy
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        match arguments.next()? {
            None => Ok(Some(Self)),
            Some(Long("help") | Short('h')) => Ok(None),
            Some(other) => Err(other.unexpected()),
        }
    }
}
