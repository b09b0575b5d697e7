//! What can go wrong between the provider and a PostgreSQL server.

use std::{sync::Arc, time::Duration};

use tokio_postgres::error::SqlState;

use super::{
    publication, publication_grant, refusal::Refusal, replication_slot, server_error::ServerError,
};
use crate::{
    causes::chain,
    scope::{Ended, tried},
};

/// An operation on a server that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server refused or failed.
    #[error("could not {attempted}: {said}")]
    Server {
        /// What was attempted, as a present-tense phrase.
        attempted: String,
        /// What the server said.
        #[source]
        said: Box<ServerError>,
    },
    /// The server did not let the session change the REPLICATION attribute of a role.
    #[error("could not {} the REPLICATION attribute: {said}", if *give { "give" } else { "take" })]
    ReplicationAttribute {
        /// Whether it was to be given.
        give: bool,
        /// What the server said.
        #[source]
        said: Box<ServerError>,
    },
    /// The server could not be reached, or the connection broke.
    #[error("could not connect to {endpoint}: {reason}")]
    Connection {
        /// Where, as `host:port`.
        endpoint: String,
        /// What happened.
        reason: String,
    },
    /// The name of the host leads nowhere.
    #[error("could not connect to {endpoint}: the name of the host has no address: {reason}")]
    HostNotFound {
        /// Where, as `host:port`.
        endpoint: String,
        /// What the resolver said.
        reason: String,
    },
    /// A connection could not be made, again and again, although such a failure passes by itself.
    #[error("{last}{}", tried(*attempts, *within))]
    NotConnected {
        /// How often it was tried, by everybody who waited for it.
        attempts: u32,
        /// From the first attempt to the end of the last one.
        within: Duration,
        /// How the last one failed.
        #[source]
        last: Box<Error>,
    },
    /// What the server gave cannot be read.
    #[error("could not {0}: the rows have an unexpected form")]
    UnexpectedRows(String),
    /// TLS is misconfigured, or the server's certificate was not accepted.
    #[error("TLS: {0}")]
    Tls(String),
    /// There was no password to log in with.
    #[error("no password to log in with: {0}")]
    Password(#[source] PasswordError),
    /// The way to the server cannot do that.
    #[error("could not {0}: the way to the server cannot do that")]
    NotSupported(String),
    /// The provider refused.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The provider refused to change a publication.
    #[error(transparent)]
    PublicationRefused(Box<publication::Refusal>),
    /// The provider did not give or take the right to read what is published.
    #[error(transparent)]
    GrantRefused(Box<publication_grant::Refusal>),
    /// The provider did not create or drop a slot.
    #[error(transparent)]
    SlotRefused(Box<replication_slot::Refusal>),
    /// Somebody has written to a table that is to be published, and has not committed that.
    #[error(
        "could not {attempted}: somebody writes to one of its tables, in a transaction that is still open{}",
        if .writers.is_empty() { String::new() } else { format!(": {}", .writers.join("; ")) }
    )]
    WritersAtWork {
        /// What was being done.
        attempted: String,
        /// Who that is, as far as it is known.
        writers: Vec<String>,
    },
    /// A name that PostgreSQL would not keep as it is.
    #[error("{0}")]
    Name(String),
    /// Another run works on the same role, in another database of the server.
    #[error("could not {0}: another run works on it, in another database of the server")]
    RunElsewhere(String),
    /// Somebody has put a member into the role, or into one inside it, and has not committed that.
    #[error(
        "could not grant rds_iam to the role {0:?}: somebody grants that role, or one inside it, in a transaction that is \
         still open, and whom that would force to IAM cannot be seen before it is committed"
    )]
    MembersToCome(String),
    /// The name of the role came to be that of another object within the transaction.
    #[error("could not {0}: somebody renamed it meanwhile, and made another one of its name")]
    AnotherObject(String),
    /// What was read is not so any more.
    #[error("could not {0}: somebody changed what that is about meanwhile")]
    ChangedMeanwhile(String),
    /// Somebody is being proven to be safe from a grant, which may be taken back: what is there now says
    /// nothing.
    #[error(
        "could not {attempted}: a grant is being proven to lock nobody out, and may be taken back"
    )]
    OnProbation {
        /// What was being done.
        attempted: String,
        /// When to look again.
        pause: Duration,
    },
    /// The answer to a commit was lost, and nothing was committed.
    #[error("could not {0}: the connection was lost, and nothing was committed")]
    NotCommitted(String),
    /// The answer to a commit was lost.
    #[error(
        "could not {attempted}: the answer was lost, and whether it was done is not known: {reason}"
    )]
    CommitUnknown {
        /// What was being done.
        attempted: String,
        /// What happened to the answer, and to the look whether it was committed.
        reason: String,
    },
    /// The practitioner interrupted the run.
    #[error("interrupted while trying to {0}")]
    Cancelled(String),
    /// The time was up.
    #[error("timed out after {} seconds while trying to {attempted}", limit.as_secs())]
    TimedOut {
        /// What was being done.
        attempted: String,
        /// How long the operation could take.
        limit: Duration,
    },
}

/// Why there is no password to log in with. Holds no secret.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
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

    /// That an operation ended in the midst of something.
    pub(super) fn ended(attempted: &str, ended: Ended) -> Self {
        let attempted = attempted.to_owned();
        match ended {
            Ended::Cancelled => Self::Cancelled(attempted),
            Ended::TimedOut(limit) => Self::TimedOut { attempted, limit },
        }
    }

    /// This error of a change of the REPLICATION attribute: a right that is missing has a reason of
    /// its own there.
    pub(super) fn of_replication_attribute(self, give: bool) -> Self {
        match self {
            Self::Server { said, .. } if said.is(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Self::ReplicationAttribute { give, said }
            }
            other => other,
        }
    }

    /// The SQLSTATE, when the server said one.
    pub fn sqlstate(&self) -> Option<&str> {
        self.said().map(|said| said.sqlstate.as_str())
    }

    /// Whether the session lacks a right.
    pub fn is_permission_denied(&self) -> bool {
        self.is(&SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// Whether the server did not let the user in.
    pub fn is_invalid_login(&self) -> bool {
        self.is_invalid_password() || self.is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
    }

    /// Whether somebody else held a lock for longer than it was waited for.
    pub fn is_lock_timeout(&self) -> bool {
        self.is(&SqlState::LOCK_NOT_AVAILABLE)
    }

    pub(super) fn is_invalid_password(&self) -> bool {
        self.is(&SqlState::INVALID_PASSWORD)
    }

    /// Whether somebody asked the server to give the statement up, or its time was up.
    pub(super) fn is_cancelled_statement(&self) -> bool {
        self.is(&SqlState::QUERY_CANCELED)
    }

    /// Whether the object is there already.
    pub(super) fn is_duplicate(&self) -> bool {
        self.is(&SqlState::DUPLICATE_OBJECT)
    }

    /// Whether other objects depend on the one that was to be dropped.
    pub(super) fn is_about_dependents(&self) -> bool {
        self.is(&SqlState::DEPENDENT_OBJECTS_STILL_EXIST)
    }

    /// Whether the whole transaction may succeed when it is run again: somebody else changed the same
    /// rows meanwhile.
    pub(super) fn is_conflict(&self) -> bool {
        match self {
            Self::RunElsewhere(_)
            | Self::NotCommitted(_)
            | Self::MembersToCome(_)
            | Self::ChangedMeanwhile(_)
            | Self::AnotherObject(_) => true,
            Self::Server { said, .. } => {
                said.is(&SqlState::T_R_SERIALIZATION_FAILURE)
                    || said.is(&SqlState::T_R_DEADLOCK_DETECTED)
                    // The catalog's own conflicts have no code of their own.
                    || (said.is(&SqlState::INTERNAL_ERROR)
                        && (said.message.contains("tuple concurrently updated")
                            || said.message.contains("tuple concurrently deleted")))
                    // Two grants of the same membership at once.
                    || (said.is(&SqlState::UNIQUE_VIOLATION) && said.message.contains("pg_auth"))
                    // Two publications of the same name, or the same member of one.
                    || (said.is(&SqlState::UNIQUE_VIOLATION)
                        && said.message.contains("pg_publication"))
                    // The same rights on tables to come.
                    || (said.is(&SqlState::UNIQUE_VIOLATION)
                        && said.message.contains("pg_default_acl"))
            }
            _ => false,
        }
    }

    /// Whether the server said what it did: otherwise it may have done it.
    pub(super) fn is_definite(&self) -> bool {
        // A server that ends says so in the midst of whatever it was doing, and a pooler that has lost it, too.
        self.said().is_some_and(|said| {
            !said.is_about_the_server_itself() && !said.is_connection_exception()
        })
    }

    /// Whether it passes by itself, so that another attempt may succeed a moment later: there is no connection, or
    /// none any more, or the server ends it, starts, stops or has no room.
    pub(super) fn passes_by_itself(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::HostNotFound { .. } => true,
            Self::Server { said, .. } | Self::ReplicationAttribute { said, .. } => {
                said.is_connection_exception()
                    || (said.is_about_the_server_itself() && !said.is(&SqlState::DATABASE_DROPPED))
                    || said.is(&SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT)
                    || said.is(&SqlState::TOO_MANY_CONNECTIONS)
            }
            _ => false,
        }
    }

    /// Whether a connection was tried for as long as it was worth to, although such a failure passes.
    pub fn is_given_up(&self) -> bool {
        matches!(self, Self::NotConnected { .. })
    }

    /// Whether the server, or what stands for the user there, has no room for another connection.
    pub(super) fn is_too_many_connections(&self) -> bool {
        self.is(&SqlState::TOO_MANY_CONNECTIONS)
    }

    /// Whether the server let an encrypted connection in by no rule: one that resumes has not read them all.
    pub(super) fn is_without_rule_for_tls(&self) -> bool {
        self.said()
            .is_some_and(ServerError::is_without_rule_for_tls)
    }

    /// Whether PAM refused the user. On RDS that is a token that does not hold, and also one too many in a second.
    pub(super) fn is_refused_by_pam(&self) -> bool {
        self.said().is_some_and(ServerError::is_refused_by_pam)
    }

    /// Whether the server takes no changes: it is a reader, or a writer no more.
    pub(super) fn is_read_only(&self) -> bool {
        self.said().is_some_and(ServerError::is_read_only)
    }

    /// What the server said, when it said something.
    pub(crate) fn said(&self) -> Option<&ServerError> {
        match self {
            Self::Server { said, .. } | Self::ReplicationAttribute { said, .. } => Some(said),
            Self::NotConnected { last, .. } => last.said(),
            _ => None,
        }
    }

    fn is(&self, state: &SqlState) -> bool {
        self.said().is_some_and(|said| said.is(state))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<publication::Refusal> for Error {
    fn from(refusal: publication::Refusal) -> Self {
        Self::PublicationRefused(Box::new(refusal))
    }
}

impl From<publication_grant::Refusal> for Error {
    fn from(refusal: publication_grant::Refusal) -> Self {
        Self::GrantRefused(Box::new(refusal))
    }
}

impl From<replication_slot::Refusal> for Error {
    fn from(refusal: replication_slot::Refusal) -> Self {
        Self::SlotRefused(Box::new(refusal))
    }
}
