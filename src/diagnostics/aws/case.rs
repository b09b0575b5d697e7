//! Which row of the table a failed call to AWS belongs to.

use crate::aws::{Accounts, AssumeRoleFailure, Cause, Error, ProcessFailure};

/// Why a call to AWS failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diagnostics) enum FailedCall {
    NoRegion,
    NotUsable,
    NoCredentials,
    ProcessFailed,
    ProcessUnreadable,
    ProcessHung,
    CredentialsRefused,
    ClockOff,
    RoleDenied,
    WebIdentityDenied,
    WebIdentityExpired,
    WebIdentityRejected,
    RoleArgument,
    RolePolicy,
    RoleOther,
    AccountNotAllowed,
    AccountForbidden,
    IdentityDenied,
    Denied,
    KeyDenied,
    NoSecret,
    UnusableSecret,
    InCluster,
    Throttled,
    Unreached,
    TimedOut,
    Interrupted,
    Other,
}

impl FailedCall {
    /// The row of an error.
    pub(in crate::diagnostics) fn of(error: &Error) -> Self {
        match error.cause() {
            Cause::Clock { .. } => Self::ClockOff,
            Cause::NoRegion => Self::NoRegion,
            Cause::WrongAccount(wrong) => match wrong.accounts() {
                Accounts::Forbidden(_) => Self::AccountForbidden,
                Accounts::Any | Accounts::Allowed(_) => Self::AccountNotAllowed,
            },
            Cause::Network { .. } => Self::Unreached,
            Cause::InCluster(_) => Self::InCluster,
            Cause::UnusableSecret(_) => Self::UnusableSecret,
            Cause::Cancelled => Self::Interrupted,
            Cause::TimedOut(_) => Self::of_process(error).unwrap_or(Self::TimedOut),
            Cause::Credentials(_) => Self::of_process(error)
                .or_else(|| Self::of_role(error))
                .unwrap_or(Self::NoCredentials),
            Cause::Configuration(_) => Self::of_role(error).unwrap_or(Self::NotUsable),
            Cause::Malformed(_) => Self::of_role(error).unwrap_or(Self::Other),
            Cause::Service { .. } => Self::of_answer(error),
        }
    }

    /// The program that was to print credentials did not.
    fn of_process(error: &Error) -> Option<Self> {
        Some(match error.process_failure()? {
            ProcessFailure::Failed => Self::ProcessFailed,
            ProcessFailure::Unreadable => Self::ProcessUnreadable,
            ProcessFailure::Hung => Self::ProcessHung,
        })
    }

    /// A role could not be assumed.
    fn of_role(error: &Error) -> Option<Self> {
        Some(match error.assume_role_failure()? {
            AssumeRoleFailure::Denied if error.is_web_identity() => Self::WebIdentityDenied,
            AssumeRoleFailure::Denied => Self::RoleDenied,
            AssumeRoleFailure::TokenExpired => Self::WebIdentityExpired,
            AssumeRoleFailure::TokenRejected => Self::WebIdentityRejected,
            AssumeRoleFailure::InvalidArgument => Self::RoleArgument,
            AssumeRoleFailure::InvalidPolicy => Self::RolePolicy,
            AssumeRoleFailure::Other => Self::RoleOther,
        })
    }

    /// AWS answered with a code.
    fn of_answer(error: &Error) -> Self {
        if error.is_throttling() {
            Self::Throttled
        } else if let Some(of_role) = Self::of_role(error) {
            of_role
        } else if error.is_identity_denied() {
            Self::IdentityDenied
        } else if error.is_kms_denied() {
            Self::KeyDenied
        } else if error.is_about_secret() && error.is_not_found() {
            Self::NoSecret
        } else if error.is_access_denied() {
            Self::Denied
        } else if error.is_credentials() {
            Self::CredentialsRefused
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
impl FailedCall {
    /// All of them, as the guide has them.
    pub(in crate::diagnostics) const ALL: [Self; 28] = [
        Self::NoRegion,
        Self::NotUsable,
        Self::NoCredentials,
        Self::ProcessFailed,
        Self::ProcessUnreadable,
        Self::ProcessHung,
        Self::CredentialsRefused,
        Self::ClockOff,
        Self::RoleDenied,
        Self::WebIdentityDenied,
        Self::WebIdentityExpired,
        Self::WebIdentityRejected,
        Self::RoleArgument,
        Self::RolePolicy,
        Self::RoleOther,
        Self::AccountNotAllowed,
        Self::AccountForbidden,
        Self::IdentityDenied,
        Self::Denied,
        Self::KeyDenied,
        Self::NoSecret,
        Self::UnusableSecret,
        Self::InCluster,
        Self::Throttled,
        Self::Unreached,
        Self::TimedOut,
        Self::Interrupted,
        Self::Other,
    ];
}
