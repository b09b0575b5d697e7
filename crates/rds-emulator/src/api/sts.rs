//! STS: GetCallerIdentity.

use super::{error::ApiError, form::Form, xml::Element};
use crate::model::{SharedAccount, account::Account};

/// The version of the STS API.
pub const VERSION: &str = "2011-06-15";
/// The XML namespace of its answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The one action.
pub const ACTION: &str = "GetCallerIdentity";

/// The IAM user that all access keys belong to.
const USER_NAME: &str = "rds-emulator";
/// Its unique id.
const USER_ID: &str = "AIDARDSEMULATORUSER00";

/// The ARN of the IAM user that all access keys belong to.
pub fn user_arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:user/{USER_NAME}", account.id)
}

/// Answers an action.
///
/// # Errors
/// When it is another one.
pub fn call(
    account: &SharedAccount,
    action: &str,
    form: &Form,
) -> Result<Option<Element>, ApiError> {
    let version = form.get("Version").unwrap_or_default();
    if action != ACTION || version != VERSION {
        return Err(ApiError::unknown_action(action, version));
    }
    let result = account.with(|account| {
        Element::new("GetCallerIdentityResult")
            .member("Arn", user_arn(account))
            .member("UserId", USER_ID)
            .member("Account", &account.id)
    });
    Ok(Some(result))
}
