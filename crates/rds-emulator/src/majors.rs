//! The major versions of PostgreSQL: those there are, and those that a run of the tests is about.
//!
//! The rules of memberships differ before 16 and from 16 on. So a run of the tests is about one major
//! version on either side, and each run of `cargo xtask matrix` about a single one.

use std::ops::RangeInclusive;

/// Every major version that can be run: those that RDS has the feature for.
pub const MAJORS: RangeInclusive<u16> = 11..=18;

/// The environment variable that names the major versions under test: one, or with a comma between
/// them one before 16 and one from 16 on. Defaults to `15,17`.
pub const UNDER_TEST: &str = "POSTGRES_MAJORS";

/// The first major version with a row for each grantor, options of each membership, and a row for
/// whoever creates a role.
/// <https://www.postgresql.org/docs/16/release-16.html#RELEASE-16-PRIVILEGES>
pub const FIRST_WITH_GRANTOR_ROWS: u16 = 16;

/// The major version under test before 16.
///
/// # Panics
/// When there is none. A test that calls this has `before_16` in its name, by which the matrix
/// leaves it out.
pub fn before_16() -> u16 {
    under_test()
        .into_iter()
        .find(|major| *major < FIRST_WITH_GRANTOR_ROWS)
        .unwrap_or_else(|| panic!("no major version before 16 is under test ({UNDER_TEST})"))
}

/// The major version under test from 16 on.
///
/// # Panics
/// When there is none. A test that calls this has `from_16` in its name, by which the matrix leaves
/// it out.
pub fn from_16() -> u16 {
    under_test()
        .into_iter()
        .find(|major| *major >= FIRST_WITH_GRANTOR_ROWS)
        .unwrap_or_else(|| panic!("no major version from 16 on is under test ({UNDER_TEST})"))
}

/// A major version under test, for what does not differ: the newest.
///
/// # Panics
/// When the variable says nothing sensible.
pub fn any() -> u16 {
    under_test()[0]
}

/// The major versions under test, the newest first.
fn under_test() -> Vec<u16> {
    let text = std::env::var(UNDER_TEST).unwrap_or_else(|_| "15,17".to_owned());
    parse(&text).unwrap_or_else(|error| panic!("{UNDER_TEST}={text}: {error}"))
}

fn parse(text: &str) -> Result<Vec<u16>, String> {
    let mut majors = text
        .split(',')
        .map(|part| {
            let major = part.trim().parse().ok();
            major
                .filter(|major| MAJORS.contains(major))
                .ok_or_else(|| format!("{part:?} is not among 11 to 18"))
        })
        .collect::<Result<Vec<u16>, _>>()?;
    majors.sort_unstable_by(|one, other| other.cmp(one));
    match majors.as_slice() {
        [_] => Ok(majors),
        [from_16, before_16]
            if *before_16 < FIRST_WITH_GRANTOR_ROWS && *from_16 >= FIRST_WITH_GRANTOR_ROWS =>
        {
            Ok(majors)
        }
        _ => Err("one major version, or one before 16 and one from 16 on".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn majors_under_test_are_one_or_one_on_either_side_of_16() {
        assert_eq!(parse("11"), Ok(vec![11]));
        assert_eq!(parse("15, 17"), Ok(vec![17, 15]));
        for bad in ["", "10", "15,", "11,15", "16,17", "11,16,17", "new"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
