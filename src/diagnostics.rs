//! From the errors of the rooms to messages for the practitioner's screen. Nothing else is in here.

mod aws;
mod connection;
mod overrides;
#[cfg(test)]
mod pages;
mod refused;
mod row;
mod server;

use tfplugin::{Diagnostic, Diagnostics};

pub use self::{
    aws::{aws, in_sync, not_known_in_effect},
    connection::connection,
    overrides::overrides,
    server::{
        iam_authentication, publication, publication_grant, replication_slot, replication_user,
        role, server, token_in_doubt,
    },
};
use crate::postgres::{
    refusal::list,
    replication_privilege::PrivilegeSources,
    replication_user::{Outcome, RemainingMemberships},
};

/// That a membership in `rds_iam` was found and is managed from now on, and which sources of the right to
/// replicate are together with it.
pub fn adopted(name: &str, sources: PrivilegeSources) -> Diagnostic {
    let right = match (sources.membership, sources.attribute) {
        (false, false) => "",
        (true, false) => " and in rds_replication",
        (false, true) => " and had the REPLICATION attribute",
        (true, true) => " and in rds_replication, and had the REPLICATION attribute",
    };
    let what = match sources.is_none() {
        true => "The membership is managed here now, and a destroy revokes it",
        false => {
            "Both may come from a run that was interrupted. They are managed here now, and a destroy revokes them"
        }
    };
    Diagnostic::warning(
        "Membership In rds_iam Adopted",
        format!("{name:?} was in rds_iam{right} already. {what} unless `on_destroy = \"retain\"`."),
    )
    .at("rds_iam")
}

/// What the practitioner should know about a grant that was done. `adopted_sources` are those of the
/// right to replicate that were found together with `rds_iam`, where that was found.
pub fn granted(
    name: &str,
    outcome: &Outcome,
    adopted_sources: Option<PrivilegeSources>,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(adopted_sources.map(|sources| adopted(name, sources)));
    if !outcome.can_login {
        diagnostics.push(
            Diagnostic::warning(
                "Role Cannot Log In",
                format!(
                    "{name:?} is NOLOGIN and cannot log in itself: what it was granted holds for the logins that are \
                     its members."
                ),
            )
            .at("name"),
        );
    }
    if outcome.is_scram_among_md5 {
        diagnostics.push(
            Diagnostic::warning(
                "Password Kept As SCRAM",
                format!(
                    "The server's password_encryption is md5, and the password of {name:?} was given to it as a \
                     SCRAM-SHA-256 verifier, so that it never saw the password itself. Clients that log in with it must \
                     speak SCRAM-SHA-256 (libpq 10, JDBC 42.2.0 or later). Aurora Serverless v1 does not."
                ),
            )
            .at("password_wo"),
        );
    }
    if !outcome.newcomers.is_empty() {
        diagnostics.push(
            Diagnostic::warning(
                "Other Logins Came Inside",
                format!(
                    "Somebody put these logins into the role {name:?} just after it was granted rds_iam, and so they must \
                     use IAM tokens from now on: {}. Revoke those memberships if that was not meant.",
                    list(&outcome.newcomers)
                ),
            )
            .at("name"),
        );
    }
    if !outcome.forced.is_empty() {
        diagnostics.push(
            Diagnostic::warning(
                "Other Logins Forced To IAM",
                format!(
                    "As `allow_iam_for` says, these logins must use IAM tokens from now on: {}.",
                    list(&outcome.forced)
                ),
            )
            .at("allow_iam_for"),
        );
    }
    diagnostics
}

/// What is still there after a destroy.
pub fn remaining(name: &str, remaining: &RemainingMemberships) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if !remaining.rds_iam.is_empty() {
        diagnostics.push(Diagnostic::warning(
            "Membership In rds_iam Left",
            format!(
                "{name:?} is still in rds_iam: {}. The provider's user may not revoke that; those roles, or a \
                 superuser, can.",
                remaining.rds_iam
            ),
        ));
    }
    if !remaining.rds_replication.is_empty() {
        diagnostics.push(Diagnostic::warning(
            "Membership In rds_replication Left",
            format!(
                "{name:?} is still in rds_replication, granted by {}. The provider's user may not revoke that.",
                remaining.rds_replication.join(", ")
            ),
        ));
    }
    if let Some(said) = &remaining.attribute {
        diagnostics.push(
            Diagnostic::warning(
                "REPLICATION Attribute Left",
                format!(
                    "{name:?} still has the REPLICATION attribute, since the provider's user may not take it: {} Before \
                     PostgreSQL 16 a superuser can (ALTER ROLE .. WITH NOREPLICATION), and from 16 on also a role with \
                     CREATEROLE that has the attribute itself and ADMIN on this one. As long as it is there, {name:?} may \
                     replicate, and once it is not in rds_iam, with a password.",
                    sentence(said)
                ),
            )
            .at("replication_privilege"),
        );
    }
    diagnostics
}

/// A cause as a sentence: what others said may end with a full stop already.
fn sentence(cause: &impl std::fmt::Display) -> String {
    let text = cause.to_string();
    match text.ends_with(['.', '!', '?']) {
        true => text,
        false => text + ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentence_ends_with_one_full_stop() {
        assert_eq!(sentence(&"refused"), "refused.");
        assert_eq!(sentence(&"Ask somebody."), "Ask somebody.");
    }
}
