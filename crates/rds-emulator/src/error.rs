//! Why a stand-in did not start, or a relay in front of it.

use std::io;

use crate::{ca, postgres};

/// Why a stand-in did not start, or a relay in front of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option cannot be followed.
    #[error("{0}")]
    Options(String),
    /// A server did not start.
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    /// There is no certificate.
    #[error(transparent)]
    Certificate(#[from] ca::Error),
    /// A port or a file is not to be had.
    #[error("{what}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
}
