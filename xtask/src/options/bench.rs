//! The options of `cargo xtask bench`.

use std::ffi::OsString;

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

use super::{DEFAULT_MAJOR, Options, check_stage, major};
use crate::failure::Failure;

/// What is measured, and how it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bench {
    /// How many users; `None` means the binary and [`Bench::USERS`] of them.
    pub users: Option<u32>,
    /// The major version of PostgreSQL that the users are in.
    pub postgres: u16,
    /// Whether one JSON object is printed in place of a table.
    pub json: bool,
}

impl Bench {
    /// Users to measure where no number is given.
    pub const USERS: u32 = 200;
    /// Users to measure at most.
    const MOST: u32 = 100_000;
}

impl Options for Bench {
    const HELP: &'static str = "\
Measure the release binary: size, time to the handshake, resident memory, and what many users cost.

The times to the handshake are medians of 30 starts, from just before the process is started until its
handshake line has been read. Users are applied, refreshed and destroyed with the CLI on a local stand-in
for Aurora, beside as many empty resources and the same SQL in one session.

Usage: cargo xtask bench [--users [N]] [--postgres MAJOR] [--json]

  --users [N]        Measure only what N users cost, 1 to 100000, 200 unless N is given, and not the
                     binary. Without this option the binary and 200 users are measured.
  --postgres MAJOR   Major version of PostgreSQL that the users are in, 11 to 18; 17 unless it is given.
                     An installed one is used; else it is fetched once and kept for this user.
  --json             Print one JSON object instead of a table: sizes in bytes, times in milliseconds.
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            users: None,
            postgres: DEFAULT_MAJOR,
            json: false,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("users") => {
                    let number = match arguments.optional_value() {
                        Some(number) => Some(number),
                        None => arguments
                            .raw_args()?
                            .next_if(|next| !next.to_string_lossy().starts_with('-')),
                    };
                    options.users = Some(number.map_or(Ok(Self::USERS), |number| users(&number))?);
                }
                Long("postgres") => options.postgres = major(&arguments.value()?)?,
                Long("json") => options.json = true,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    fn check(&self) -> Result<(), Failure> {
        check_stage()
    }
}

fn users(text: &OsString) -> Result<u32, lexopt::Error> {
    text.parse_with(|text| match text.parse() {
        Ok(number) if (1..=Bench::MOST).contains(&number) => Ok(number),
        _ => Err(format!("1 to {} users can be measured", Bench::MOST)),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::parsed, Bench};

    #[test]
    fn users_without_a_number_are_the_default_and_without_the_option_the_binary_is_measured_too() {
        let users = |arguments: &[&str]| match parsed::<Bench>(arguments) {
            Ok(Some(options)) => options.users,
            _ => panic!("{arguments:?} are valid"),
        };
        assert_eq!(users(&[]), None);
        assert_eq!(users(&["--users"]), Some(200));
        assert_eq!(users(&["--users", "--json"]), Some(200));
        assert_eq!(users(&["--users", "1000"]), Some(1000));
        assert_eq!(users(&["--users=1000", "--json"]), Some(1000));
        for bad in ["0", "100001", "many"] {
            assert!(parsed::<Bench>(&["--users", bad]).is_err(), "{bad}");
        }
    }
}
