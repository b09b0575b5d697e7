//! As whom the provider logs in, where and how: what the cause of a refused login depends on.

use crate::aws::rds::publisher::Follows;

/// As whom the provider logs in, where and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The cluster or instance, or `host:port`.
    pub target: String,
    /// The endpoint's name, as configured or looked up.
    pub host: String,
    /// The user.
    pub username: String,
    /// How the user proves who it is.
    pub method: LoginMethod,
    /// Whom the cluster or instance follows, as far as AWS shows it; `None` where it takes changes itself.
    pub follows: Option<Follows>,
}

/// How the provider's user proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// With a password that is given.
    Password {
        /// The variable of the environment that it comes from, where it is not configured.
        variable: Option<&'static str>,
    },
    /// With the password in the secret of this ARN.
    Secret(String),
    /// With the password in the secret of this ARN, which RDS manages for the master user.
    ManagedSecret(String),
    /// With IAM tokens that are signed here.
    Token,
    /// With an IAM token that is given as the password.
    GivenToken,
}
