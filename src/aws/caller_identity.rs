//! Whose credentials the calls are made with: what `sts:GetCallerIdentity` answers.

/// Whose credentials these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account's id.
    pub account: String,
    /// The ARN of the user or of the session of a role.
    pub arn: String,
}
