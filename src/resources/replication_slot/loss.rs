//! A slot that is lost or missing: what is said of it, and why nothing is pretended.

use std::fmt::Write as _;

use tfplugin::Diagnostic;

use super::{
    evidence::Evidence,
    model::{MISSING, Model},
};
use crate::{operation::Operation, postgres::replication_slot::Slot};

/// What a person does about it.
const REMEDY: &str = "Have its consumer take a new snapshot, with its stored position removed, and make the slot again with \
     `terraform apply -replace=ADDRESS`, where ADDRESS is that of this resource. `on_loss = \"recreate\"` says once and for all \
     that the consumer does so.";

/// Whether an update makes the slot again, or may do so as far as is known.
pub(super) fn is_made_again(planned: &Model, prior: &Model) -> bool {
    !prior.is_usable() && (planned.on_loss.is_unknown() || planned.is_recreated())
}

/// The warning of a refresh that finds no slot.
pub(super) fn missing(name: &str, before: Option<&Evidence>, now: &Evidence) -> Diagnostic {
    let mut detail = format!("There is no slot {name:?} any more.");
    if let Some(before) = before {
        for sentence in differences(before, now) {
            // Writing to a string does not fail.
            let _ = write!(detail, " {sentence}");
        }
    }
    let _ = write!(
        detail,
        " It stays in the state as `missing`: a new one of its name would begin now and lack {}, and its consumer would go \
         on from there without being told. {REMEDY}",
        written_since(before)
    );
    Diagnostic::warning("Replication Slot Missing", detail).at("status")
}

/// The warning of a refresh that finds the slot lost.
pub(super) fn lost(name: &str, slot: &Slot) -> Diagnostic {
    let reason = slot
        .invalidation_reason
        .as_deref()
        .or(slot.wal_status.as_deref())
        .unwrap_or("conflicting");
    let since = slot
        .confirmed_flush_lsn
        .map_or_else(String::new, |lsn| format!(" after {lsn}"));
    let detail = format!(
        "The slot {name:?} can not be streamed from any more (`{reason}`): what its consumer has not confirmed, which is what \
         was written{since}, can not be had from it. {REMEDY}"
    );
    Diagnostic::warning("Replication Slot Lost", detail).at("status")
}

/// The warning of a refresh that finds a slot where there was none, or none that could be streamed from.
pub(super) fn another(name: &str, before: Option<&Evidence>) -> Diagnostic {
    let detail = format!(
        "The slot {name:?} was missing or lost at the last look, and now there is one that can be streamed from: somebody else \
         has made it since, or a run that was interrupted. It lacks {}, and its consumer goes on from there without being told. \
         Have it take a new snapshot, with its stored position removed.",
        written_since(before)
    );
    Diagnostic::warning("Replication Slot Is Another One", detail).at("name")
}

/// The warning of a refresh that finds a slot which may be another one than at the last look.
pub(super) fn in_doubt(
    name: &str,
    before: &Evidence,
    now: &Evidence,
    slot: &Slot,
) -> Option<Diagnostic> {
    // A new slot begins where the server is: one that retains what is older is still the same.
    let is_same = slot.restart_lsn.is_some() && slot.restart_lsn < before.server_lsn;
    let sentence = match (before.confirmed_flush_lsn, now.confirmed_flush_lsn) {
        (Some(before), Some(now)) if now < before => format!(
            "Its consumer had confirmed {before}, and now it says {now}: the server was restored to an earlier time, or is \
             another one."
        ),
        _ if is_same => return None,
        _ => match (&before.decoded, &now.decoded) {
            (Some(before), Some(now))
                if now.transactions < before.transactions && now.reset == before.reset =>
            {
                format!(
                    "{} transactions had been decoded from it, and now it says {}: either the server crashed meanwhile, or \
                     somebody dropped the slot and made another one of its name.",
                    before.transactions, now.transactions
                )
            }
            _ => return None,
        },
    };
    let mut detail =
        format!("The slot {name:?} may be another one than at the last look. {sentence}");
    for sentence in differences(before, now) {
        // Writing to a string does not fail.
        let _ = write!(detail, " {sentence}");
    }
    detail +=
        " If it is another one, its consumer lacks what was written in between, and is not told.";
    Some(Diagnostic::warning("Replication Slot In Doubt", detail).at("name"))
}

/// The error of an apply that does not make the slot again.
pub(super) fn refused(
    operation: &Operation,
    prior: &Model,
    name: &str,
    before: Option<&Evidence>,
) -> Diagnostic {
    let status = prior
        .status
        .known()
        .map_or(MISSING, |status| match status.as_str() {
            super::model::LOST => super::model::LOST,
            _ => MISSING,
        });
    Diagnostic::error(
        format!("{} {name:?}", operation.title()),
        format!(
            "The slot {name:?} is {status}, and was not made again: a new one begins now and lacks {}, and its consumer would \
             go on from there without being told. Nothing was changed. {REMEDY}",
            written_since(before)
        ),
    )
    .at("status")
}

/// The warning of an apply that has made the slot again.
pub(super) fn made_again(name: &str, slot: &Slot) -> Diagnostic {
    let from = slot
        .confirmed_flush_lsn
        .map_or_else(String::new, |lsn| format!(" at {lsn}"));
    Diagnostic::warning(
        "Replication Slot Made Again",
        format!(
            "As `on_loss` says, the slot {name:?} was made again. It begins{from}, and what was written before is not in it: \
             its consumer must take a new snapshot, with its stored position removed."
        ),
    )
    .at("on_loss")
}

fn written_since(before: Option<&Evidence>) -> String {
    match before.and_then(|before| before.confirmed_flush_lsn) {
        Some(lsn) => format!("what was written since {lsn}, as of the last look"),
        None => "what was written since its consumer last confirmed something".to_owned(),
    }
}

/// How the server differs from the one of the last look.
fn differences(before: &Evidence, now: &Evidence) -> Vec<String> {
    let mut differences = Vec::new();
    if let (Some(before), Some(now)) = (&before.resource_id, &now.resource_id)
        && before != now
    {
        differences.push(format!(
            "The cluster or instance is another one of that name: it was {before:?}, and now it is {now:?}."
        ));
    }
    if let (Some(before), Some(now)) = (before.version, now.version) {
        let (before, now) = (before / 10_000, now / 10_000);
        if before != now {
            differences.push(format!(
                "The server was PostgreSQL {before} and is {now} now: an upgrade takes slots away."
            ));
        }
    }
    if let (Some(before), Some(now)) = (before.server_lsn, now.server_lsn)
        && now < before
    {
        differences.push(format!(
            "The server was at {before}, and is at {now} now: it is another one, or was restored."
        ));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::replication_slot::Decoded;

    fn evidence(server: &str, confirmed: &str, transactions: u64) -> Evidence {
        Evidence {
            version: Some(170_011),
            resource_id: Some("cluster-A".to_owned()),
            server_lsn: server.parse().ok(),
            confirmed_flush_lsn: confirmed.parse().ok(),
            decoded: Some(Decoded {
                transactions,
                reset: None,
            }),
        }
    }

    fn slot(restart: &str) -> Slot {
        Slot {
            restart_lsn: restart.parse().ok(),
            ..Slot::default()
        }
    }

    #[test]
    fn slot_is_in_doubt_where_it_went_back_or_its_count_did_unless_it_retains_what_is_older() {
        let before = evidence("0/50", "0/30", 7);
        let says = |now: &Evidence, restart: &str| {
            let doubt = in_doubt("s", &before, now, &slot(restart));
            doubt.map(|doubt| doubt.detail)
        };
        assert_eq!(says(&evidence("0/90", "0/80", 9), "0/70"), None);
        assert_eq!(says(&evidence("0/90", "0/80", 0), "0/20"), None);
        let fewer = says(&evidence("0/90", "0/80", 0), "0/70").expect("a warning");
        assert!(fewer.contains("crashed meanwhile"), "{fewer}");
        let back = says(&evidence("0/40", "0/20", 7), "0/10").expect("a warning");
        assert!(back.contains("confirmed 0/30"), "{back}");
        assert!(back.contains("The server was at 0/50"), "{back}");
    }

    #[test]
    fn slot_that_is_missing_is_said_with_what_changed_since() {
        let before = evidence("0/50", "0/30", 7);
        let now = Evidence {
            version: Some(180_006),
            resource_id: Some("cluster-B".to_owned()),
            ..Evidence::default()
        };
        let warning = missing("s", Some(&before), &now);
        for part in ["cluster-B", "PostgreSQL 17 and is 18", "since 0/30"] {
            assert!(warning.detail.contains(part), "{part}: {warning:?}");
        }
    }
}
