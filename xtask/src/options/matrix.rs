//! The options of `cargo xtask matrix`.

use std::collections::BTreeSet;

use lexopt::{
    Arg::{Long, Short},
    Parser,
};

use super::{Options, major};
use crate::majors::MAJORS;

/// What the tests run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The major versions of PostgreSQL, all of them where none is named.
    pub postgres: BTreeSet<u16>,
}

impl Options for Matrix {
    const HELP: &'static str = "\
Run the tests that depend on PostgreSQL on each of its major versions.

Prints for each what ran, what passed and how long it took, and what failing tests printed. Exits with 0
only if all passed.

Usage: cargo xtask matrix [--postgres MAJORS]..

  --postgres MAJORS  Major versions of PostgreSQL, 11 to 18, with commas between them; may be repeated.
                     All of them where none is named. An installed one is used; else it is fetched once
                     and kept for this user.
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut postgres = BTreeSet::new();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("postgres") => {
                    let majors = arguments.value()?;
                    for text in majors.to_string_lossy().split(',') {
                        postgres.insert(major(&text.into())?);
                    }
                }
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        if postgres.is_empty() {
            postgres.extend(MAJORS);
        }
        Ok(Some(Self { postgres }))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::parsed, Matrix};

    #[test]
    fn majors_with_commas_and_repeated_are_taken_once_and_none_means_all() {
        let majors = |arguments: &[&str]| match parsed::<Matrix>(arguments) {
            Ok(Some(options)) => Vec::from_iter(options.postgres),
            _ => panic!("{arguments:?} are valid"),
        };
        assert_eq!(majors(&[]), Vec::from_iter(11..=18));
        assert_eq!(majors(&["--postgres", "16,11"]), [11, 16]);
        assert_eq!(majors(&["--postgres", "16", "--postgres=16,12"]), [12, 16]);
        assert!(parsed::<Matrix>(&["--postgres", "11,99"]).is_err());
    }
}
