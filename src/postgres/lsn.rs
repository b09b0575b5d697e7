//! Positions in the write-ahead log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A position in the write-ahead log, in bytes from its beginning. Printed as PostgreSQL does.
/// <https://www.postgresql.org/docs/current/datatype-pg-lsn.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lsn(u64);

impl Lsn {
    /// How many bytes lie between an earlier position and this one; 0 where that is not earlier.
    pub fn bytes_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl FromStr for Lsn {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (high, low) = text.split_once('/').ok_or(())?;
        let part = |digits| u32::from_str_radix(digits, 16).map_err(|_| ());
        Ok(Self(u64::from(part(high)?) << 32 | u64::from(part(low)?)))
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lsn_is_read_and_printed_as_postgresql_does_and_measured_in_bytes() {
        let lsn: Lsn = "16/B374D848".parse().expect("an LSN");
        assert_eq!(lsn.to_string(), "16/B374D848");
        let later: Lsn = "17/0".parse().expect("an LSN");
        assert_eq!(later.bytes_since(lsn), 0x4C8B_27B8);
        assert_eq!(lsn.bytes_since(later), 0);
        assert!(lsn < later);
        for wrong in ["", "16", "x/1", "1/2/3"] {
            assert_eq!(wrong.parse::<Lsn>(), Err(()), "{wrong}");
        }
    }
}
