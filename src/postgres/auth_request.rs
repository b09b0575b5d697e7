//! The authentication request of a server: what it demands of a user who logs in.

use std::fmt;

use super::server_error::ServerError;

/// What an authentication request demands of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthRequest {
    /// A cleartext password: on RDS an IAM token.
    Token,
    /// A password, by SCRAM or MD5.
    Password,
    /// Nothing.
    Nothing,
    /// The server refused the start-up message already.
    Refused(ServerError),
    /// Another method, by its name.
    Other(&'static str),
}

/// Which kind of connection the user would open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    /// For SQL.
    Normal,
    /// For logical replication (`replication=database`).
    Replication,
}

impl fmt::Display for AuthRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("a token"),
            Self::Password => f.write_str("a password"),
            Self::Nothing => f.write_str("nothing"),
            Self::Refused(said) => write!(f, "nothing, and refuses the login: {said}"),
            Self::Other(method) => f.write_str(method),
        }
    }
}
