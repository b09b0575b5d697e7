//! The major versions of PostgreSQL, as `rds_emulator::majors` has them: `xtask` does without that crate, and a
//! test of `crates/stage` compares the two.

use std::ops::RangeInclusive;

/// Every major version that the stand-in can run.
pub const MAJORS: RangeInclusive<u16> = 11..=18;
/// The environment variable that names the major versions under test.
pub const UNDER_TEST: &str = "POSTGRES_MAJORS";
/// The first major version with the newer rules of memberships.
pub const FIRST_WITH_GRANTOR_ROWS: u16 = 16;
