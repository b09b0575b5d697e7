//! Why there is nothing to talk to.

use std::io;

/// Why a provider is not there, or not reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process cannot be started.
    #[error("the provider cannot be started")]
    Start(#[source] io::Error),
    /// The process ended, or went on, without a handshake line.
    #[error("the provider printed no handshake line, but: {0:#?}")]
    NoHandshake(Vec<String>),
    /// The process ended without saying how it is found in debug mode.
    #[error("the provider printed no TF_REATTACH_PROVIDERS, but: {0}")]
    NoReattach(String),
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
}
