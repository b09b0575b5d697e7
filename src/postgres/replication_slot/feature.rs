//! What only newer servers know of slots.
//! <https://www.postgresql.org/docs/release/>

use std::fmt;

use super::desired::Desired;

/// What a server is too old for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// The argument that it does not know.
    pub argument: &'static str,
    /// The first major version that does.
    pub since: u32,
    /// The major version of the server.
    pub major: u32,
}

/// What a server of that version, such as 170010, does not know of a slot.
pub fn too_old(desired: &Desired, version: u32) -> Option<TooOld> {
    let major = version / 10_000;
    [
        ("two_phase", desired.two_phase, 14),
        ("failover", desired.failover, 17),
    ]
    .into_iter()
    .find(|(_, is_wanted, since)| *is_wanted && *since > major)
    .map(|(argument, _, since)| TooOld {
        argument,
        since,
        major,
    })
}

impl fmt::Display for TooOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server is PostgreSQL {}, and {} came with {}",
            self.major, self.argument, self.since
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gate_names_the_argument_that_the_server_does_not_know() {
        let plain = Desired::default();
        assert_eq!(too_old(&plain, 110_022), None);
        let two_phase = Desired {
            two_phase: true,
            ..plain.clone()
        };
        assert_eq!(too_old(&two_phase, 140_024), None);
        let found = too_old(&two_phase, 130_023).expect("it is too old");
        assert_eq!(
            found.to_string(),
            "the server is PostgreSQL 13, and two_phase came with 14"
        );
        let failover = Desired {
            failover: true,
            ..plain
        };
        let found = too_old(&failover, 160_015).expect("it is too old");
        assert_eq!((found.argument, found.since), ("failover", 17));
        assert_eq!(too_old(&failover, 170_011), None);
    }
}
