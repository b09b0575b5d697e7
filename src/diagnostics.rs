//! From the errors of the rooms to messages for the practitioner's screen. Nothing else is in here.

mod aws;
mod connection;
mod overrides;
mod refused;

use tfplugin::{Diagnostic, Diagnostics};

use self::{aws::advice_on_call, refused::refused};
pub use self::{
    aws::{aws, in_sync, not_known_in_effect},
    connection::connection,
    overrides::overrides,
};
use crate::{
    aws::Error as AwsError,
    connection::Endpoint,
    operation::Operation,
    postgres::{
        self, PasswordError,
        refusal::list,
        replication_privilege::PrivilegeSources,
        replication_user::{Outcome, RemainingMemberships},
    },
};

/// A failed operation on a server.
pub fn server(operation: &Operation, endpoint: &Endpoint, error: &postgres::Error) -> Diagnostic {
    on_server(operation.title_with_object(), endpoint, error)
}

/// A failed operation on a role.
pub fn role(
    operation: &Operation,
    name: &str,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    replication_user(operation, name, &format!("TARGET/{name}"), endpoint, error)
}

/// A failed operation on a replication user; `id` is the one that would import it.
pub fn replication_user(
    operation: &Operation,
    name: &str,
    id: &str,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    if let postgres::Error::Refused(refusal) = error {
        return refused(operation, name, id, &endpoint.connector, refusal);
    }
    on_server(format!("{} {name:?}", operation.title()), endpoint, error)
}

fn on_server(title: String, endpoint: &Endpoint, error: &postgres::Error) -> Diagnostic {
    let connector = &endpoint.connector;
    let of_variables = endpoint.origins.sentence();
    let diagnostic = Diagnostic::error(
        title,
        format!(
            "On {} as {:?}: {}\n\n{}{}",
            connector.endpoint(),
            connector.username(),
            sentence(error),
            match failed_call(error) {
                Some(call) => advice_on_call(call),
                None => advice_on_server(error).to_owned(),
            },
            of_variables.map_or_else(String::new, |sentence| format!(" {sentence}"))
        ),
    );
    match error {
        postgres::Error::ReplicationAttribute { .. } => diagnostic.at("replication_privilege"),
        _ if is_about_passwords(error) => diagnostic.at("password_wo"),
        _ => diagnostic,
    }
}

/// The call to AWS that was to give the password, when that failed.
fn failed_call(error: &postgres::Error) -> Option<&AwsError> {
    match error {
        postgres::Error::Password(PasswordError(source)) => source.downcast_ref(),
        _ => None,
    }
}

/// What to do about a failure between the provider and a server.
fn advice_on_server(error: &postgres::Error) -> &'static str {
    match error {
        postgres::Error::ReplicationAttribute { give: true, .. } => {
            "RDS often keeps the REPLICATION attribute to itself. Use `replication_privilege = \"rds_replication\"`: \
             that membership is the right to replicate as well, and a member of rds_superuser may grant it."
        }
        postgres::Error::ReplicationAttribute { give: false, .. } => {
            "RDS often keeps the REPLICATION attribute to itself. Have a superuser take it, or keep it: with \
             `replication_privilege = \"attribute\"` or `\"both\"` the other changes can be applied, also `rds_iam = false`. A \
             destroy takes back everything else, and warns that the attribute is left."
        }
        postgres::Error::RunElsewhere(_) => {
            "Another run changes the same role at the same time. Try again when it has ended."
        }
        postgres::Error::MembersToCome(_) => {
            "Nothing was changed. Try again when that transaction has ended."
        }
        postgres::Error::OnProbation { .. } => {
            "Within a minute that is decided, by another run or by a user of this one. Try again then. If nobody else is \
             at work, a login at risk may be demanded a token for another reason: set `iam_auth = true` if it uses IAM, or \
             list it in `allow_iam_for`."
        }
        postgres::Error::NotSupported(_) => {
            "Name the cluster, the instance or its host in the `postgres` block, so that the provider connects to the server \
             itself."
        }
        postgres::Error::NotCommitted(_) | postgres::Error::AnotherObject(_) => {
            "Nothing was changed. Try again."
        }
        postgres::Error::CommitUnknown { .. } => {
            "Look whether the role has its grants. The next plan shows it; a role that was to be created and is there can be \
             imported."
        }
        postgres::Error::Cancelled(_) => {
            "The run was interrupted. The next plan shows what is left to do."
        }
        postgres::Error::TimedOut { .. } => {
            "Try again, or set a longer time in the resource's `timeouts` block."
        }
        _ if is_about_passwords(error) => {
            "rds.restrict_password_commands is on: only members of rds_password set passwords. Grant rds_password to \
             the provider's user, or leave `password_wo` to somebody who is in it."
        }
        _ if error.is_permission_denied() => {
            "The provider's user lacks a right for this. On RDS a member of rds_superuser has it. A role that ALTER \
             ROLE .. SET role gives that user is not taken on: the right has to be its own."
        }
        _ if error.is_invalid_login() => {
            "The server did not accept the provider's user. Check `username` and its password in the provider's \
             `postgres` block; a user who is in rds_iam needs `iam_auth = true`, and an IAM policy that allows \
             rds-db:connect."
        }
        _ if error.is_lock_timeout() => {
            "Somebody else holds a lock on the role, in a long transaction perhaps. Try again when it has ended."
        }
        _ if error.sqlstate().is_some() => "See the server's message for the cause.",
        _ => {
            "Check the endpoint, the network (security groups, a tunnel in `connect_host`), `sslmode` and \
             `sslrootcert` in the provider's `postgres` block."
        }
    }
}

/// Whether RDS refused to set a password.
fn is_about_passwords(error: &postgres::Error) -> bool {
    error.is_permission_denied() && error.to_string().contains("rds_password")
}

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
