//! Failed calls to AWS, and how a wait for a parameter ended, in words for the screen.

mod case;
mod row;
#[cfg(test)]
mod tests;

use tfplugin::{Diagnostic, Diagnostics};

pub(super) use self::case::FailedCall;
use super::sentence;
use crate::{
    aws::{
        self,
        rds::{
            parameter_group::GroupName,
            publisher::Identifier,
            wait::{InSync, MemberStatus},
        },
    },
    operation::Operation,
    postgres::refusal::list,
};

/// The summary of what says that a change was made whose effect is not known.
const NOT_KNOWN_IN_EFFECT: &str = "Parameter Not Known To Be In Effect";

/// A failed call to AWS.
pub fn aws(operation: &Operation, error: &aws::Error) -> Diagnostic {
    let advice = advice_on_call(error);
    operation.error(format!("{}\n\n{advice}", sentence(error)))
}

/// That a change was made, and a call failed that would have told whether it is in effect.
pub fn not_known_in_effect(parameter: &str, group: &GroupName, error: &aws::Error) -> Diagnostic {
    Diagnostic::error(
        NOT_KNOWN_IN_EFFECT,
        format!(
            "{parameter} is set in the {group}, but whether it is in effect is not known: {} The next plan looks \
             again.\n\n{}",
            sentence(error),
            advice_on_call(error)
        ),
    )
    .at("wait_for_in_sync")
}

/// Why a call to AWS failed, and what to do about it.
pub(super) fn advice_on_call(error: &aws::Error) -> String {
    let text = FailedCall::of(error).row().text();
    // What the table has in capitals is known here.
    match error.cause() {
        aws::Cause::InCluster(cluster) => text.replace("\"CLUSTER\"", &format!("{cluster:?}")),
        _ => text.replace("ACTION", error.action()),
    }
}

/// How a wait for a parameter ended: nothing when the change is in effect everywhere. What is an error
/// in here says that it is not known to be.
pub fn in_sync(
    parameter: &str,
    group: &GroupName,
    publisher: &Identifier,
    outcome: InSync,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut not_waited_for = |unavailable: &[MemberStatus]| {
        if !unavailable.is_empty() {
            diagnostics.push(
                Diagnostic::warning(
                    "Members Not Waited For",
                    format!(
                        "{parameter} is set in the {group}. These members of the {publisher} are not available and \
                         apply it when they start: {}.",
                        list(unavailable)
                    ),
                )
                .at("wait_for_in_sync"),
            );
        }
    };
    match outcome {
        InSync::Reached { unavailable } => not_waited_for(&unavailable),
        InSync::PendingReboot {
            members,
            unavailable,
        } => {
            not_waited_for(&unavailable);
            diagnostics.push(
                Diagnostic::warning(
                    "Parameter Group Pending Reboot",
                    format!(
                        "{parameter} is set in the {group}, and these members of the {publisher} say \
                         `pending-reboot`: {}. That status is the whole group's: another parameter may be its cause, or \
                         the group was associated since the last reboot, and then {parameter} is not in effect either. \
                         A reboot of those members applies everything that waits.",
                        members.join(", ")
                    ),
                )
                .at("wait_for_in_sync"),
            );
        }
        InSync::Gone => diagnostics.push(Diagnostic::warning(
            "Publisher Gone",
            format!("The {publisher} disappeared while {parameter} was waited for."),
        )),
        InSync::Unfinished {
            members,
            cancelled,
            waited,
            last_failure,
        } => diagnostics.push(
            Diagnostic::error(
                NOT_KNOWN_IN_EFFECT,
                format!(
                    "{parameter} is set in the {group}, but the wait for the members of the {publisher} to apply it \
                     {} after {} seconds. They said last: {}.{} The next plan looks again.",
                    if cancelled { "was interrupted" } else { "timed out" },
                    waited.as_secs(),
                    if members.is_empty() { "nothing".to_owned() } else { list(&members) },
                    last_failure.map_or_else(String::new, |error| format!(" The last failure was: {}", sentence(&error))),
                ),
            )
            .at("wait_for_in_sync"),
        ),
    }
    diagnostics
}
