//! What can go wrong between the provider and a PostgreSQL server.

use std::{fmt, sync::Arc, time::Duration};

use super::refusal::Refusal;
use tokio_postgres::error::{DbError, SqlState};

/// An operation on a server that failed.
#[derive(Clone, Debug)]
pub enum Error {
    /// The server refused or failed.
    Server {
        /// What was attempted, as a present-tense phrase.
        attempted: String,
        /// What the server said.
        said: Box<ServerError>,
    },
    /// The server did not let the session change the REPLICATION attribute of a role.
    ReplicationAttribute {
        /// Whether it was to be given.
        give: bool,
        /// What the server said.
        said: Box<ServerError>,
    },
    /// The server could not be reached, or the connection broke.
    Connection {
        /// Where, as `host:port`.
        endpoint: String,
        /// What happened.
        reason: String,
    },
    /// TLS is misconfigured, or the server's certificate was not accepted.
    Tls(String),
    /// There was no password to log in with.
    Password(PasswordError),
    /// The provider refused.
    Refused(Box<Refusal>),
    /// A name that PostgreSQL would not keep as it is.
    Name(String),
    /// Another run works on the same role, in another database of the server.
    RunElsewhere(String),
    /// Somebody has put a member into the role, or into one inside it, and has not committed that.
    MembersToCome(String),
    /// The name of the role came to be that of another object within the transaction.
    AnotherObject(String),
    /// Somebody is being proven to be safe from a grant, which may be taken back: what is there now says
    /// nothing.
    OnProbation {
        /// What was being done.
        attempted: String,
        /// When to look again.
        pause: Duration,
    },
    /// The answer to a commit was lost, and nothing was committed.
    NotCommitted(String),
    /// The answer to a commit was lost.
    CommitUnknown {
        /// What was being done.
        attempted: String,
        /// What happened to the answer, and to the look whether it was committed.
        reason: String,
    },
    /// The practitioner interrupted the run.
    Cancelled(String),
    /// The time was up.
    TimedOut {
        /// What was being done.
        attempted: String,
        /// How long the operation could take.
        limit: Duration,
    },
}

/// The server's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// SQLSTATE, such as `42501`.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// The detail, when there is one.
    pub detail: Option<String>,
    /// The hint, when there is one.
    pub hint: Option<String>,
}

/// Why there is no password to log in with. Holds no secret.
#[derive(Clone, Debug)]
pub struct PasswordError(pub Arc<dyn std::error::Error + Send + Sync>);

impl Error {
    pub(super) fn from_client(
        attempted: &str,
        endpoint: &str,
        error: &tokio_postgres::Error,
    ) -> Self {
        match error.as_db_error() {
            Some(said) => Self::Server {
                attempted: attempted.to_owned(),
                said: Box::new(said.into()),
            },
            None => Self::Connection {
                endpoint: endpoint.to_owned(),
                reason: chain(error),
            },
        }
    }

    /// This error of a change of the REPLICATION attribute: a right that is missing has a reason of
    /// its own there.
    pub(super) fn of_replication_attribute(self, give: bool) -> Self {
        match self {
            Self::Server { said, .. }
                if said.sqlstate == SqlState::INSUFFICIENT_PRIVILEGE.code() =>
            {
                Self::ReplicationAttribute { give, said }
            }
            other => other,
        }
    }

    /// The SQLSTATE, when the server said one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { said, .. } | Self::ReplicationAttribute { said, .. } => {
                Some(&said.sqlstate)
            }
            _ => None,
        }
    }

    /// Whether the whole transaction may succeed when it is run again: somebody else changed the same
    /// rows meanwhile.
    pub(super) fn is_conflict(&self) -> bool {
        match self {
            Self::RunElsewhere(_)
            | Self::NotCommitted(_)
            | Self::MembersToCome(_)
            | Self::AnotherObject(_) => true,
            Self::Server { said, .. } => {
                said.sqlstate == SqlState::T_R_SERIALIZATION_FAILURE.code()
                    || said.sqlstate == SqlState::T_R_DEADLOCK_DETECTED.code()
                    // The catalogue's own conflicts have no code of their own.
                    || (said.sqlstate == SqlState::INTERNAL_ERROR.code()
                        && (said.message.contains("tuple concurrently updated")
                            || said.message.contains("tuple concurrently deleted")))
                    // Two grants of the same membership at once.
                    || (said.sqlstate == SqlState::UNIQUE_VIOLATION.code()
                        && said.message.contains("pg_auth"))
            }
            _ => false,
        }
    }

    /// Whether the server said what it did: otherwise it may have done it.
    pub(super) fn is_definite(&self) -> bool {
        // A server that ends says so in the midst of whatever it was doing.
        self.sqlstate()
            .is_some_and(|sqlstate| !sqlstate.starts_with("57P"))
    }

    /// Whether another attempt to connect may succeed a moment later.
    pub(super) fn is_transient_connect(&self) -> bool {
        match self {
            Self::Connection { .. } => true,
            Self::Server { said, .. } => {
                said.sqlstate.starts_with("08")
                    || said.sqlstate == SqlState::CANNOT_CONNECT_NOW.code()
                    || said.sqlstate == SqlState::TOO_MANY_CONNECTIONS.code()
            }
            _ => false,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        Self {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
        }
    }
}

/// An error and what caused it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut current = error.source();
    while let Some(source) = current {
        let more = source.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        current = source.source();
    }
    text
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

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { attempted, said } => write!(f, "could not {attempted}: {said}"),
            Self::ReplicationAttribute { give, said } => {
                let verb = if *give { "give" } else { "take" };
                write!(f, "could not {verb} the REPLICATION attribute: {said}")
            }
            Self::Connection { endpoint, reason } => {
                write!(f, "could not connect to {endpoint}: {reason}")
            }
            Self::Tls(reason) => write!(f, "TLS: {reason}"),
            Self::Password(reason) => write!(f, "no password to log in with: {reason}"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Name(reason) => f.write_str(reason),
            Self::RunElsewhere(attempted) => write!(
                f,
                "could not {attempted}: another run works on it, in another database of the server"
            ),
            Self::MembersToCome(name) => write!(
                f,
                "could not grant rds_iam to the role {name:?}: somebody grants that role, or one inside it, in a \
                 transaction that is still open, and whom that would force to IAM cannot be seen before it is committed"
            ),
            Self::OnProbation { attempted, .. } => write!(
                f,
                "could not {attempted}: a grant is being proven to lock nobody out, and may be taken back"
            ),
            Self::AnotherObject(attempted) => write!(
                f,
                "could not {attempted}: somebody renamed it meanwhile, and made another one of its name"
            ),
            Self::NotCommitted(attempted) => write!(
                f,
                "could not {attempted}: the connection was lost, and nothing was committed"
            ),
            Self::CommitUnknown { attempted, reason } => write!(
                f,
                "could not {attempted}: the answer was lost, and whether it was done is not known: {reason}"
            ),
            Self::Cancelled(attempted) => write!(f, "interrupted while trying to {attempted}"),
            Self::TimedOut { attempted, limit } => write!(
                f,
                "timed out after {} seconds while trying to {attempted}",
                limit.as_secs()
            ),
        }
    }
}

impl std::error::Error for Error {}
