//! Secrets Manager, JSON 1.1: GetSecretValue for the master users' secrets and those that were made.

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use crate::model::{
    Secrets, SharedAccount,
    secrets::{SecretValue, StoredSecret},
};

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

/// Answers an action in a Region.
///
/// # Errors
/// When it is another one, the request cannot be read, or there is no such secret in that Region.
pub fn call(
    account: &SharedAccount,
    secrets: &Secrets,
    region: &str,
    action: &str,
    body: &[u8],
) -> Result<Vec<u8>, ApiError> {
    if action != ACTION {
        return Err(ApiError::bad_request(
            "UnknownOperationException",
            format!("unknown operation {action}"),
        ));
    }
    let request: GetSecretValue = serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request("ValidationException", error.to_string()))?;
    let secret = secrets
        .find(region, |secret| {
            is_named(&secret.arn, &secret.name, &request.secret_id)
        })
        .or_else(|| of_master_user(account, region, &request.secret_id))
        .ok_or_else(|| not_found("Secrets Manager can't find the specified secret."))?;
    let wanted =
        |asked: &Option<String>, have: &str| asked.as_deref().is_none_or(|asked| asked == have);
    if !wanted(&request.version_stage, CURRENT) || !wanted(&request.version_id, &secret.version_id)
    {
        return Err(not_found(
            "Secrets Manager can't find the specified secret value.",
        ));
    }
    let mut answer = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": secret.version_id,
        "VersionStages": [CURRENT],
        "CreatedDate": account.with(|account| account.created.as_second()),
    });
    let (member, value) = match secret.value {
        SecretValue::String(text) => ("SecretString", text),
        SecretValue::Binary(base64) => ("SecretBinary", base64),
    };
    answer[member] = value.into();
    Ok(answer.to_string().into_bytes())
}

/// The secret that RDS keeps for the master user of a publisher.
fn of_master_user(account: &SharedAccount, region: &str, secret_id: &str) -> Option<StoredSecret> {
    account.with(|account| {
        let mut publishers = account.publishers().iter();
        let publisher = publishers.find(|publisher| {
            let secret = &publisher.master_secret;
            account.region == region && is_named(&secret.arn, &secret.name, secret_id)
        })?;
        let secret = &publisher.master_secret;
        let content =
            json!({ "username": publisher.master_username, "password": secret.password.expose() });
        Some(StoredSecret {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            region: region.to_owned(),
            version_id: secret.version_id.clone(),
            value: SecretValue::String(content.to_string()),
        })
    })
}

/// By name, by ARN, or by ARN without the six random characters at its end.
fn is_named(arn: &str, name: &str, secret_id: &str) -> bool {
    secret_id == name
        || secret_id == arn
        || arn
            .rsplit_once('-')
            .is_some_and(|(partial, _)| secret_id == partial)
}

fn not_found(message: &str) -> ApiError {
    ApiError::bad_request("ResourceNotFoundException", message)
}
