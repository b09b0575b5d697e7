//! What a slot is to be.

use std::collections::BTreeSet;

use crate::postgres::LONGEST_NAME;

/// What a slot is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// Its output plugin.
    pub plugin: String,
    /// Whether it decodes prepared transactions.
    pub two_phase: bool,
    /// Whether standby servers have it as well.
    pub failover: bool,
    /// The publications that its consumer will name, which must be there before.
    pub publications: BTreeSet<String>,
    /// Whether one of its name makes room for it that can not be used any more.
    pub replaces_lost: bool,
}

/// Checks the name of a slot: the server takes no other letters, and cuts off what is too long without a word.
/// <https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS-MANIPULATION>
///
/// # Errors
/// What is wrong with it, to complete the sentence "The value ...".
pub fn check_slot_name(name: &str) -> Result<(), String> {
    let is_of_slots = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(is_of_slots) {
        return Err(
            "must have lower-case letters, digits and underscores only, and at least one of them"
                .to_owned(),
        );
    }
    if name.len() > LONGEST_NAME {
        return Err(format!(
            "must have at most {LONGEST_NAME} bytes (it has {}): PostgreSQL would shorten it to another name",
            name.len()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_name_that_the_server_would_refuse_or_shorten_is_refused() {
        for kept in ["orders", "0_a", &"x".repeat(63)] {
            assert_eq!(check_slot_name(kept), Ok(()), "{kept}");
        }
        for refused in [
            "",
            "Orders",
            "a-b",
            "a b",
            "é",
            "a'b",
            "a\0",
            &"x".repeat(64),
        ] {
            assert!(check_slot_name(refused).is_err(), "{refused:?}");
        }
    }
}
