//! AWS Secrets Manager: the password of a database user.

use serde::Deserialize;

use super::{
    Clients, Error, Scope,
    call::call,
    error::Cause,
};
use crate::secret::Secret;

/// A secret in the form that RDS and the rotation templates use.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>
#[derive(Debug, Deserialize)]
pub struct DatabaseSecret {
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: Secret,
}

/// Reads the current version of a secret.
///
/// # Errors
/// When it is not there, may not be read, or is not JSON with `username` and `password`.
pub async fn get_secret(
    clients: &Clients,
    scope: &Scope,
    arn: &str,
) -> Result<DatabaseSecret, Error> {
    const ACTION: &str = "secretsmanager:GetSecretValue";
    let client = clients.secrets_manager(scope).await?;
    let output = call(clients, scope, ACTION, arn, || {
        client.get_secret_value().secret_id(arn).send()
    })
    .await?;
    // The reason that serde gives may quote the text, so it stays out of the message.
    output
        .secret_string()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| {
            Error::new(
                ACTION,
                arn,
                Cause::Malformed("the secret is not a JSON object with `username` and `password`".into()),
            )
        })
}
