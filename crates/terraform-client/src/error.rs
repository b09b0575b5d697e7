//! Why there is nothing to talk to.

use std::{io, path::PathBuf};

/// What to do where there is no CLI.
const HOW_TO_INSTALL: &str = "install Terraform (https://developer.hashicorp.com/terraform/install) \
     or OpenTofu (https://opentofu.org/docs/intro/install), or name the CLI in TF_CLI";

/// Why a provider or a CLI is not there, or not reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process cannot be started.
    #[error("the provider cannot be started")]
    Start(#[source] io::Error),
    /// The process ended, or went on, without a handshake line.
    #[error("the provider printed no handshake line, but: {0:#?}")]
    NoHandshake(Vec<String>),
    /// Terraform would not understand the line.
    #[error("{0:?} is no handshake line")]
    Handshake(String),
    /// The process did not end, or cannot be ended.
    #[error("the provider does not end")]
    End(#[source] io::Error),
    /// The provider's certificate cannot be used.
    #[error("no TLS with the provider")]
    Tls(#[from] rustls::Error),
    /// The provider speaks no TLS where it was to, as its handshake line says.
    #[error("the provider has announced no certificate")]
    NoCertificate,
    /// The provider does not accept the connection.
    #[error("no connection with the provider")]
    Transport(#[from] tonic::transport::Error),
    /// There is no CLI.
    #[error("neither terraform nor tofu is on the PATH: {HOW_TO_INSTALL}")]
    NoCli,
    /// The CLI cannot be started.
    #[error("{} cannot be started: {HOW_TO_INSTALL}", program.display())]
    StartCli {
        /// What was to be started.
        program: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// The CLI is another program.
    #[error("{} is neither Terraform nor OpenTofu but says {said:?}: {HOW_TO_INSTALL}", program.display())]
    NeitherCli {
        /// What was started.
        program: PathBuf,
        /// What it said.
        said: String,
    },
}
