//! Why a database cannot be opened, in words for the screen.

use tfplugin::Diagnostic;

use super::server::Case;
use crate::{
    connection::{DatabaseRef, Error, NoSecret},
    operation::Operation,
    rds_name,
};

/// A database that cannot be opened, at the argument that names it.
pub fn connection(operation: &Operation, database_ref: &DatabaseRef, error: &Error) -> Diagnostic {
    let failed = |detail: String| operation.error(detail);
    let diagnostic = match error {
        Error::NotConfigured => {
            return Diagnostic::error(
                format!("{}: No Database Configured", operation.title_with_object()),
                "Neither the resource nor the provider's `postgres` block names a database. Set `cluster_identifier` \
                 or `db_instance_identifier` in the resource, or one of them or `host` (PGHOST) in the `postgres` \
                 block for all resources that name none.",
            );
        }
        Error::NotKnown => {
            return Diagnostic::error(
                format!("{}: Database Not Known", operation.title_with_object()),
                "What says where the database is (the resource's `cluster_identifier` or `db_instance_identifier`, \
                 the provider's `postgres` block or its AWS settings) depends on values that are still unknown. \
                 Apply the resources that they come from first.",
            );
        }
        Error::NotFound { identifier, place } => failed(format!(
            "There is no {identifier} in {place}. Check `{}`, the Region and the account.",
            rds_name::argument(identifier)
        )),
        Error::NoEndpoint { identifier, status } => failed(format!(
            "The {identifier} has no endpoint: AWS shows it as `{status}`. Wait until it is `available`."
        )),
        Error::NoUsername => failed(
            "Nothing says as which user to connect. Set `username`, or PGUSER in the environment."
                .to_owned(),
        ),
        Error::NoLogin {
            username,
            no_secret,
        } => failed(format!(
            "Nothing says how {} logs in: there is no `iam_auth`, `password` or `secret_arn`, no PGPASSWORD, and {}.{}",
            username.as_ref().map_or_else(
                || "the user".to_owned(),
                |name| format!("the user {name:?}")
            ),
            match no_secret {
                NoSecret::OnlyHost =>
                    "only a cluster or instance named by its identifier has a managed secret to look up",
                NoSecret::NotManaged => "it has no managed master secret",
                NoSecret::NotMaster => "the managed secret is that of the master user only",
            },
            match no_secret {
                NoSecret::NotManaged => format!("\n\n{}", Case::NoManagedSecret.text()),
                NoSecret::OnlyHost | NoSecret::NotMaster => String::new(),
            }
        )),
        Error::Variable { .. } => failed(format!("{error}.")),
        Error::Settings { error, roots } => failed(format!(
            "The provider's `postgres` block cannot be used: {error}. Check {}.",
            roots.or_argument("sslrootcert")
        )),
        Error::Aws(error) => super::aws(operation, error),
    };
    database_ref.at_argument(diagnostic)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tfplugin::Context;
    use tokio_util::sync::CancellationToken;

    use super::*;

    #[test]
    fn login_of_a_master_user_without_managed_secret_is_by_token_first() {
        let context = Context::new("1", CancellationToken::new());
        let operation = Operation::new(&context, "Create", Duration::from_secs(1));
        let error = Error::NoLogin {
            username: Some("master".to_owned()),
            no_secret: NoSecret::NotManaged,
        };
        let diagnostic = connection(&operation, &DatabaseRef::default(), &error);
        let step = diagnostic.detail.split("\n\n").last().unwrap_or_default();
        assert!(
            step.contains("Set `iam_auth = true` if the user logs in with tokens. Otherwise"),
            "{}",
            diagnostic.detail
        );
    }
}
