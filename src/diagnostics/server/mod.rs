//! Failures between the provider and a server, in words for the screen: what was said, what is known besides, the cause
//! and what to do. `row` has the rows of the table, `case` finds the one.

mod case;
mod facts;
mod row;
#[cfg(test)]
mod tests;
mod token;

use tfplugin::Diagnostic;

pub(in crate::diagnostics) use self::case::Case;
pub use self::token::iam_authentication;
use self::{
    case::{Known, is_about_passwords},
    token::Difference,
};
use super::{
    aws::advice_on_call,
    refused::{refused, refused_grant, refused_publication, refused_slot},
    sentence,
};
use crate::{
    aws::{Error as AwsError, auth_token::SignedFor, rds::publisher::Publisher},
    connection::Endpoint,
    operation::Operation,
    postgres::{self, PasswordError},
};

/// A failed operation on a server.
pub fn server(operation: &Operation, endpoint: &Endpoint, error: &postgres::Error) -> Diagnostic {
    on_server(operation.title_of(&endpoint.access.target), endpoint, error)
}

/// That RDS will refuse a token, as far as AWS shows it; nothing where it may well accept it.
pub fn token_in_doubt(signed_for: &SignedFor, publisher: Option<&Publisher>) -> Option<Diagnostic> {
    let differences = token::differences(signed_for, publisher);
    let warning = Diagnostic::warning(
        "Token Will Be Refused",
        format!(
            "{} Log-ins with it fail as long as that is so.",
            token::described(signed_for, publisher, None).join(" ")
        ),
    );
    Some(match differences.first()? {
        Difference::Host(_) => warning.at("host"),
        Difference::Port(_) => warning.at("port"),
        Difference::Region(_) => warning.at("region"),
        Difference::IamOff { .. } | Difference::Expired => warning,
    })
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

/// A failed operation on a publication; `id` is the one that would import it.
pub fn publication(
    operation: &Operation,
    name: &str,
    id: &str,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    if let postgres::Error::PublicationRefused(refusal) = error {
        return refused_publication(operation, name, id, endpoint, refusal);
    }
    on_server(format!("{} {name:?}", operation.title()), endpoint, error)
}

/// A failed operation on what a role may read.
pub fn publication_grant(
    operation: &Operation,
    role: &str,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    if let postgres::Error::GrantRefused(refusal) = error {
        return refused_grant(operation, role, endpoint, refusal);
    }
    on_server(format!("{} {role:?}", operation.title()), endpoint, error)
}

/// A failed operation on a replication slot; `id` is the one that would import it.
pub fn replication_slot(
    operation: &Operation,
    name: &str,
    id: &str,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    if let postgres::Error::SlotRefused(refusal) = error {
        return refused_slot(operation, name, id, endpoint, refusal);
    }
    on_server(format!("{} {name:?}", operation.title()), endpoint, error)
}

fn on_server(title: String, endpoint: &Endpoint, error: &postgres::Error) -> Diagnostic {
    let connector = &endpoint.connector;
    let advice = match failed_call(error) {
        Some(call) => advice_on_call(call),
        None => advice(
            error,
            Known {
                access: &endpoint.access,
                circumstances: &endpoint.circumstances(),
                is_on_probation: connector.is_own_login_at_risk(),
            },
        ),
    };
    let of_variables = endpoint.origins.sentence();
    let diagnostic = Diagnostic::error(
        title,
        format!(
            "On {} as {:?}: {}\n\n{advice}{}",
            connector.endpoint(),
            connector.username(),
            sentence(error),
            of_variables.map_or_else(String::new, |sentence| format!(" {sentence}")),
        ),
    );
    match error {
        postgres::Error::ReplicationAttribute { .. } => diagnostic.at("replication_privilege"),
        postgres::Error::WritersAtWork { .. } => diagnostic.at("wait_for_writers"),
        _ if error.said().is_some_and(is_about_passwords) => diagnostic.at("password_wo"),
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

/// What is known of an error, its cause, and what to do about it.
fn advice(error: &postgres::Error, known: Known<'_>) -> String {
    let case = Case::of(error, known);
    let facts = facts::of(case, known);
    match facts.is_empty() {
        true => case.text(),
        false => format!("{}\n\n{}", facts.join(" "), case.text()),
    }
}

impl Case {
    /// Its cause and what to do, without what is known besides.
    pub(in crate::diagnostics) fn text(self) -> String {
        self.row().text()
    }
}
