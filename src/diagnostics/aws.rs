//! Failed calls to AWS, and how a wait for a parameter ended, in words for the screen.

use tfplugin::{Diagnostic, Diagnostics};

use super::sentence;
use crate::{
    aws::{
        self, Accounts, AssumeRoleFailure,
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

/// What to do about a failed call to AWS.
pub(super) fn advice_on_call(error: &aws::Error) -> String {
    if error.is_clock_skew() {
        "Set the clock of this machine, by NTP for instance: what is signed carries its time, and AWS takes five minutes \
         of difference at most."
            .to_owned()
    } else if let Some(failure) = error.assume_role_failure() {
        assume_role(error, failure).to_owned()
    } else if error.is_identity_denied() {
        "`allowed_account_ids` or `forbidden_account_ids` is set in the provider block, and nothing is done before the \
         account of the credentials is known. sts:GetCallerIdentity needs no permission, so a policy denies it: of the \
         caller, of a session, of the organization or of a VPC endpoint."
            .to_owned()
    } else if error.is_kms_denied() {
        "AWS Secrets Manager lets the caller read the secret, and the KMS key of the secret does not: allow the caller \
         kms:Decrypt on that key in its IAM policy, and in the key's policy if the key or the secret is another \
         account's; and check that the key is enabled."
            .to_owned()
    } else if error.is_about_secret() && error.is_not_found() {
        "Check `secret_arn`. A secret is looked for in the Region of its ARN; one that is scheduled for deletion, or that \
         has no value yet, is not found either."
            .to_owned()
    } else if error.is_access_denied() {
        format!(
            "Allow the caller {} on that object, in its IAM policy.",
            error.action()
        )
    } else if error.is_credentials() {
        "Check the credentials: the provider's arguments, the environment, the profile; temporary ones may have \
         expired."
            .to_owned()
    } else {
        match error.cause() {
            aws::Cause::NoRegion => {
                "Set the provider's `region`, AWS_REGION, or the profile's region.".to_owned()
            }
            aws::Cause::WrongAccount(wrong) => format!(
                "Use the credentials, the profile or the role of another account, or change {} in the provider block. \
                 Nothing else was asked of AWS.",
                match wrong.accounts() {
                    Accounts::Forbidden(_) => "`forbidden_account_ids`",
                    Accounts::Any | Accounts::Allowed(_) => "`allowed_account_ids`",
                }
            ),
            aws::Cause::TimedOut(_) => {
                "Try again, or set a longer time in the resource's `timeouts` block.".to_owned()
            }
            aws::Cause::Network(_) => {
                "Check the network, the proxy and the provider's `endpoints`.".to_owned()
            }
            aws::Cause::UnusableSecret(_) => {
                "A secret with a login is a JSON object with the strings `username` and `password`; what else is in it \
                 does not matter."
                    .to_owned()
            }
            aws::Cause::InCluster(cluster) => format!(
                "A cluster's parameters, endpoint and IAM authentication are its own and not those of its instances. \
                 Name the cluster: `cluster_identifier = {cluster:?}`."
            ),
            _ => "See the message of AWS for the cause.".to_owned(),
        }
    }
}

/// What to do about a role that could not be assumed.
fn assume_role(error: &aws::Error, failure: AssumeRoleFailure) -> &'static str {
    match failure {
        AssumeRoleFailure::Denied if !error.is_web_identity() => {
            "Check that the role exists, that its trust policy names the caller (and the `external_id`, if it demands \
             one, and `source_identity` and `tags`, if they are set), and that the caller's own policy allows \
             sts:AssumeRole on it."
        }
        AssumeRoleFailure::Denied => {
            "Check that the role exists, and that its trust policy names the identity provider with the audience and \
             the subject of the token."
        }
        AssumeRoleFailure::TokenExpired => {
            "The web identity token has expired. Fetch a new one; a `web_identity_token_file` is read again for each \
             session."
        }
        AssumeRoleFailure::TokenRejected => {
            "Check the web identity token, and the identity provider in IAM whose issuer it names."
        }
        AssumeRoleFailure::InvalidArgument => {
            "Check the arguments of the block. `duration` can be no longer than the role's maximum session duration, \
             and an hour where a role is assumed with the credentials of another."
        }
        AssumeRoleFailure::InvalidPolicy => "Check `policy`, `policy_arns` and `tags`.",
        AssumeRoleFailure::Other if error.is_network() => {
            "Check the network, the proxy and the provider's `endpoints`."
        }
        AssumeRoleFailure::Other => {
            "Check the credentials that the role is assumed with, and the provider's `assume_role` blocks."
        }
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
