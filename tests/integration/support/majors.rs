//! The major versions of PostgreSQL under test.
//!
//! A test names no major version unless it is about that one:
//!
//! * `#[apply(on_both_sides_of_16)] fn subject(major: u16)` runs before 16 and from 16 on, as two tests;
//! * what holds on one side alone has `before_16` or `from_16` in its name, and asks [`before_16`] or
//!   [`from_16`] for the major version;
//! * what is the same everywhere takes [`any_major`].
//!
//! Which they are, an environment variable says: [`rds_emulator::majors::UNDER_TEST`].

pub use rds_emulator::majors::{any as any_major, before_16, from_16};
use rstest_reuse::template;

/// Makes two tests of one, `case_1_before_16` and `case_2_from_16`.
#[template]
#[rstest::rstest]
#[case::before_16(crate::support::before_16())]
#[case::from_16(crate::support::from_16())]
pub fn on_both_sides_of_16(#[case] major: u16) {}
