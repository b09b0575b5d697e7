//! Secrets Manager, JSON 1.1: GetSecretValue for the master users' secrets.

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use crate::model::{Publisher, SharedAccount};

/// What its answers are.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// The one action.
pub const ACTION: &str = "GetSecretValue";
/// What comes before the action in the header `X-Amz-Target`.
const TARGET_PREFIX: &str = "secretsmanager.";
/// The version stage that is in use.
const CURRENT: &str = "AWSCURRENT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// The action that a request is for.
pub fn action(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    Some(
        target
            .strip_prefix(TARGET_PREFIX)
            .unwrap_or(target)
            .to_owned(),
    )
}

/// Answers an action.
///
/// # Errors
/// When it is another one, the request cannot be read, or there is no such secret.
pub fn call(account: &SharedAccount, action: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    if action != ACTION {
        return Err(ApiError::bad_request(
            "UnknownOperationException",
            format!("unknown operation {action}"),
        ));
    }
    let request: GetSecretValue = serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request("ValidationException", error.to_string()))?;
    account.with(|account| {
        let publisher = account
            .publishers()
            .iter()
            .find(|publisher| is_named(publisher, &request.secret_id))
            .ok_or_else(|| not_found("Secrets Manager can't find the specified secret."))?;
        let secret = &publisher.master_secret;
        let wanted =
            |asked: &Option<String>, have: &str| asked.as_deref().is_none_or(|asked| asked == have);
        if !wanted(&request.version_stage, CURRENT)
            || !wanted(&request.version_id, &secret.version_id)
        {
            return Err(not_found(
                "Secrets Manager can't find the specified secret value.",
            ));
        }
        let content =
            json!({ "username": publisher.master_username, "password": secret.password.expose() });
        let answer = json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": secret.version_id,
            "SecretString": content.to_string(),
            "VersionStages": [CURRENT],
            "CreatedDate": account.created.as_second(),
        });
        Ok(answer.to_string().into_bytes())
    })
}

/// By name, by ARN, or by ARN without the six random characters at its end.
fn is_named(publisher: &Publisher, secret_id: &str) -> bool {
    let secret = &publisher.master_secret;
    secret_id == secret.name
        || secret_id == secret.arn
        || secret
            .arn
            .rsplit_once('-')
            .is_some_and(|(partial, _)| secret_id == partial)
}

fn not_found(message: &str) -> ApiError {
    ApiError::bad_request("ResourceNotFoundException", message)
}
