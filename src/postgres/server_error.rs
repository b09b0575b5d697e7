//! An error in a server's own words.

use std::fmt;

use tokio_postgres::error::{DbError, Severity, SqlState};

/// The class of what breaks a connection. Here and below: the first characters of a SQLSTATE.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const CONNECTION_EXCEPTION: &str = "08";
/// What a server says that shuts down, starts, or is about to end the session.
const OPERATOR_INTERVENTION: &str = "57P";

/// The server's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ServerError {
    /// SQLSTATE, such as `42501`.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// The detail, when there is one.
    pub detail: Option<String>,
    /// The hint, when there is one.
    pub hint: Option<String>,
    /// Whether it ends the session, or lets none begin (`FATAL`, `PANIC`).
    pub is_fatal: bool,
}

impl ServerError {
    pub(super) fn is(&self, state: &SqlState) -> bool {
        self.sqlstate == state.code()
    }

    /// Whether the connection broke.
    pub(crate) fn is_connection_exception(&self) -> bool {
        self.sqlstate.starts_with(CONNECTION_EXCEPTION)
    }

    /// Whether no rule of `pg_hba.conf` matches a connection with TLS. Before version 14 it is said otherwise.
    /// <https://github.com/postgres/postgres/blob/REL_13_STABLE/src/backend/libpq/auth.c>
    pub(super) fn is_without_rule_for_tls(&self) -> bool {
        self.is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
            && self.message.contains("no pg_hba.conf entry")
            && ["SSL encryption", "SSL on"]
                .iter()
                .any(|tls| self.message.ends_with(tls))
    }

    /// Whether the server takes no changes. One in recovery does not begin a transaction that is to write, and has
    /// another code for that.
    /// <https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/commands/variable.c>
    pub(super) fn is_read_only(&self) -> bool {
        self.is(&SqlState::READ_ONLY_SQL_TRANSACTION)
            || (self.is(&SqlState::FEATURE_NOT_SUPPORTED)
                && self.message.contains("during recovery"))
    }

    /// Whether the user was refused by PAM.
    pub(super) fn is_refused_by_pam(&self) -> bool {
        self.is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
            && self.message.starts_with("PAM authentication failed")
    }

    /// Whether it is about the server or the session and not about what was asked of it.
    pub(crate) fn is_about_the_server_itself(&self) -> bool {
        self.sqlstate.starts_with(OPERATOR_INTERVENTION)
    }
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        Self {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            is_fatal: matches!(
                error.parsed_severity(),
                Some(Severity::Fatal | Severity::Panic)
            ),
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.sqlstate)?;
        if let Some(detail) = &self.detail {
            write!(f, "; detail: {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}
