//! The failure of a role that was to be assumed, which the SDK hides among the causes of another error.

use std::env;

use aws_sdk_sts::{
    config::http::HttpResponse,
    error::SdkError,
    operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    },
};

use super::{Error, find};

/// The actions, as IAM names them.
pub(in crate::aws) const ACTION: &str = "sts:AssumeRole";
pub(in crate::aws) const ACTION_WITH_WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";
/// The variable for the role of a web identity, which the AWS SDKs read as well.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>
pub(in crate::aws) const ROLE_ARN: &str = "AWS_ROLE_ARN";

/// The failure of a role among the causes of an error: of one that is assumed here, or by the SDK
/// for the environment or a profile.
pub(in crate::aws) fn failure(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    if let Some(error) = find::<Error>(error) {
        return Some(error.clone());
    }
    if let Some(error) = find::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>(error) {
        // A profile may name another one than the environment.
        let role_arn = env::var(ROLE_ARN).ok().filter(|arn| !arn.is_empty());
        let object = role_arn.map_or_else(unnamed, |arn| object(&arn));
        return Some(Error::from_sdk(ACTION_WITH_WEB_IDENTITY, &object, error));
    }
    let error = find::<SdkError<AssumeRoleError, HttpResponse>>(error)?;
    Some(Error::from_sdk(ACTION, &unnamed(), error))
}

/// A role, in an error.
pub(in crate::aws) fn object(role_arn: &str) -> String {
    format!("the role {role_arn}")
}

fn unnamed() -> String {
    "the role of the profile".to_owned()
}
