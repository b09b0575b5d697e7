//! Why an authentication request does not prove whether a login is forced to IAM.

use std::{error::Error, sync::Arc};

use super::auth_request::AuthRequest;

/// What went wrong, whatever it was.
type Cause = Arc<dyn Error + Send + Sync>;

/// Why it was not proven whom a grant would force to IAM.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotProven {
    /// The server may not be asked.
    #[error("the server may not be asked")]
    ProbeOff,
    /// Another grant of this run was on probation already, and nothing was proven.
    #[error("another grant of this run was on probation, and nothing was proven")]
    TriedBefore,
    /// No session outlives its transaction, so that the server could not take the grant back by itself.
    #[error("the server could not take the grant back by itself")]
    NoProbation,
    /// The server demands neither a token nor a password.
    #[error("{answer} is demanded of {login:?}")]
    Unclear {
        /// The login that was asked about.
        login: String,
        /// What is demanded of it.
        answer: AuthRequest,
    },
    /// Something else than a token is demanded of the role that is in `rds_iam` by then.
    #[error("{0} is demanded of the role in rds_iam")]
    NoToken(AuthRequest),
    /// A token is demanded of the role that is not in `rds_iam` yet.
    #[error("a token is demanded of the role before it is in rds_iam")]
    TokenBeforeGrant,
    /// A token is demanded of the provider's own login, which logs in with a password all the same.
    #[error("a token is demanded of the provider's own login")]
    TokenOfOwnLogin,
    /// Something else than a password is demanded of a role that there is not.
    #[error("{0} is demanded of a role that there is not")]
    NobodyKnown(AuthRequest),
    /// The server could not be asked.
    #[error(transparent)]
    Failed(Cause),
    /// The proof was there, and the server took the grant back before it heard of that.
    #[error("the proof did not reach the server in time")]
    TooLate,
    /// The practitioner interrupted the run.
    #[error("the run was interrupted")]
    Interrupted,
    /// Somebody else had the server give up the wait for the proof.
    #[error("somebody else ended the wait for the proof")]
    WaitCancelled(#[source] Cause),
    /// The session that made the grant was lost.
    #[error("the session that made the grant was lost")]
    SessionLost(#[source] Cause),
    /// The server went on without a pause.
    #[error("the server did not wait for the proof")]
    NoPause,
}
