//! The failure of a role that was to be assumed, which the SDK hides among the causes of another error.

use std::env;

use aws_sdk_sts::{
    config::http::HttpResponse,
    error::SdkError,
    operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    },
};

use super::{Error, codes, find};

/// The actions, as IAM names them.
pub(in crate::aws) const ACTION: &str = "sts:AssumeRole";
pub(in crate::aws) const ACTION_WITH_WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";
/// The variable for the role of a web identity, which the AWS SDKs read as well.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>
pub(in crate::aws) const ROLE_ARN: &str = "AWS_ROLE_ARN";

/// Why a role could not be assumed, as far as AWS's code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssumeRoleFailure {
    /// The role is not there, or does not trust whoever assumes it.
    Denied,
    /// The web identity token has expired.
    TokenExpired,
    /// The web identity token is not accepted.
    TokenRejected,
    /// What the session was to be is not possible.
    InvalidArgument,
    /// The policy or the tags of the session are not possible.
    InvalidPolicy,
    /// Nothing of that.
    Other,
}

impl Error {
    /// Whether a role could not be assumed; [`Error::object`] names it.
    pub fn is_assume_role(&self) -> bool {
        self.action == ACTION || self.is_web_identity()
    }

    /// Whether that was to be done with a web identity token.
    pub fn is_web_identity(&self) -> bool {
        self.action == ACTION_WITH_WEB_IDENTITY
    }

    /// Why the role could not be assumed; `None` where that is not what failed.
    pub fn assume_role_failure(&self) -> Option<AssumeRoleFailure> {
        let failure = if self.has_code(codes::ROLE_DENIED) {
            AssumeRoleFailure::Denied
        } else if self.is_web_identity() && self.has_code(codes::TOKEN_EXPIRED) {
            AssumeRoleFailure::TokenExpired
        } else if self.has_code(codes::TOKEN_REJECTED) {
            AssumeRoleFailure::TokenRejected
        } else if self.has_code(codes::INVALID_ARGUMENT) {
            AssumeRoleFailure::InvalidArgument
        } else if self.has_code(codes::INVALID_POLICY) {
            AssumeRoleFailure::InvalidPolicy
        } else {
            AssumeRoleFailure::Other
        };
        self.is_assume_role().then_some(failure)
    }
}

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
