//! STS: who is calling, and credentials of roles.

mod assume_role;

use jiff::Timestamp;

use super::{Service, error::ApiError, form::Form, xml::Element};
use crate::model::{account::Account, iam::Session};

/// The version of the STS API.
pub const VERSION: &str = "2011-06-15";
/// The XML namespace of its answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The action that needs no signature.
pub const WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
/// The actions.
pub const ACTIONS: [&str; 3] = ["AssumeRole", WITH_WEB_IDENTITY, "GetCallerIdentity"];

/// The IAM user that all long-term access keys belong to.
const USER_NAME: &str = "rds-emulator";
/// Its unique id.
const USER_ID: &str = "AIDARDSEMULATORUSER00";
/// The unique id of every role.
const ROLE_ID: &str = "AROARDSEMULATORROLE00";

/// The ARN of the IAM user that all long-term access keys belong to.
pub fn user_arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:user/{USER_NAME}", account.id)
}

/// The ARN of the role of a name.
pub fn role_arn(account: &Account, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", account.id)
}

/// Answers an action. `caller` is the access key that signed, if the action is a signed one.
///
/// # Errors
/// When it is another one, or is refused.
pub fn call(
    service: &Service,
    caller: Option<&str>,
    action: &str,
    form: &Form,
    now: Timestamp,
) -> Result<Option<Element>, ApiError> {
    let version = form.get("Version").unwrap_or_default();
    if version != VERSION {
        return Err(ApiError::unknown_action(action, version));
    }
    let session = caller.and_then(|access_key_id| service.iam.session(access_key_id));
    let result = match action {
        "GetCallerIdentity" => get_caller_identity(service, session.as_ref()),
        "AssumeRole" => assume_role::assume_role(service, session.as_ref(), form, now)?,
        WITH_WEB_IDENTITY => assume_role::with_web_identity(service, form, now)?,
        _ => return Err(ApiError::unknown_action(action, version)),
    };
    Ok(Some(result))
}

fn get_caller_identity(service: &Service, session: Option<&Session>) -> Element {
    let (arn, user_id) = match session {
        Some(session) => (
            session.arn(),
            format!("{ROLE_ID}:{}", session.role_session_name),
        ),
        None => (
            service.account.with(|account| user_arn(account)),
            USER_ID.to_owned(),
        ),
    };
    Element::new("GetCallerIdentityResult")
        .member("Arn", arn)
        .member("UserId", user_id)
        .member(
            "Account",
            service.account.with(|account| account.id.clone()),
        )
}
