//! Why a database cannot be opened.

use super::Origin;
use crate::{
    aws::{self, rds::publisher::Identifier},
    postgres,
};

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither the resource nor the provider names one.
    #[error("no database is named")]
    NotConfigured,
    /// Something that says where it is becomes known only after apply.
    #[error("which database is meant is not known yet")]
    NotKnown,
    /// The cluster or instance is not there.
    #[error("there is no {identifier} in {place}")]
    NotFound {
        /// The one that is named.
        identifier: Identifier,
        /// The Region and account that were looked in, in words.
        place: String,
    },
    /// The cluster or instance is there and cannot be reached yet.
    #[error("the {identifier} has no endpoint: AWS shows it as `{status}`")]
    NoEndpoint {
        /// The one that is named.
        identifier: Identifier,
        /// Its status.
        status: String,
    },
    /// Nothing says as which user to connect.
    #[error("no user is named")]
    NoUsername,
    /// Nothing says how the user logs in.
    #[error("there is no way to log in")]
    NoLogin {
        /// The user, where one is known.
        username: Option<String>,
        /// Why no managed secret is used.
        no_secret: NoSecret,
    },
    /// A variable of the environment cannot be used.
    #[error("{name} {fault}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What is wrong with it; completes the sentence that the name begins.
        fault: String,
    },
    /// What the `postgres` block says cannot be used.
    #[error("{error}")]
    Settings {
        /// Why not.
        error: postgres::Error,
        /// Where the roots come from.
        roots: Origin,
    },
    /// AWS does not tell.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

/// Why a secret that RDS manages gives no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSecret {
    /// Only a host is known.
    OnlyHost,
    /// The master password is not managed.
    NotManaged,
    /// The user is another one than the master user.
    NotMaster,
}
