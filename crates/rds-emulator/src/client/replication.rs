//! A client of logical replication, and the question what a server would ask a client for.
//!
//! It streams from every major version with the oldest options of pgoutput, which no library does.
//! <https://www.postgresql.org/docs/current/protocol-logical-replication.html>

use std::{io, path::Path, sync::Arc};

use bytes::BytesMut;
use postgres_protocol::{
    authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256},
    message::frontend,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::pgoutput;
use crate::{
    connection_file::Cluster,
    messages::{Message, authentication},
};

/// An authentication request: what a server asks a client for before anything has been shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthRequest {
    /// The password as it is: on RDS, an IAM token.
    Cleartext,
    /// A password that is not sent itself: SCRAM or MD5.
    Password,
    /// Nothing at all.
    Nothing,
    /// The server does not want this client.
    Refused(String),
}

/// Why there is no connection, or no more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered with an error.
    #[error("{message} (SQLSTATE {sqlstate})")]
    Server {
        /// The code.
        sqlstate: String,
        /// The text.
        message: String,
    },
    /// The connection failed or broke off.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The server does not speak the protocol as expected.
    #[error("unexpected {0}")]
    Protocol(&'static str),
}

/// A replication connection to a cluster's writer, over verified TLS.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    /// Where the server was when it sent the last change.
    received: u64,
}

impl Connection {
    /// Logs in with a password or a token.
    ///
    /// # Errors
    /// When the server refuses it, or cannot be reached.
    pub async fn open(
        cluster: &Cluster,
        ca_file: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self, Error> {
        let stream = dial(cluster, ca_file).await?;
        let mut this = Self::on(stream);
        this.start_up(&cluster.database, user, true).await?;
        let mut scram = None;
        loop {
            let message = this.read().await?;
            let mut reply = BytesMut::new();
            match (message.tag, message.authentication_kind()) {
                (b'Z', _) => return Ok(this),
                (_, Some(authentication::CLEARTEXT_PASSWORD)) => {
                    frontend::password_message(password.as_bytes(), &mut reply)?;
                }
                (_, Some(authentication::SASL)) => {
                    let client =
                        ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
                    frontend::sasl_initial_response(SCRAM_SHA_256, client.message(), &mut reply)?;
                    scram = Some(client);
                }
                (_, Some(authentication::SASL_CONTINUE)) => {
                    let client = scram.as_mut().ok_or(Error::Protocol("SASL message"))?;
                    client.update(&message.body[4..])?;
                    frontend::sasl_response(client.message(), &mut reply)?;
                }
                (_, Some(authentication::SASL_FINAL)) => {
                    let client = scram.as_mut().ok_or(Error::Protocol("SASL message"))?;
                    client.finish(&message.body[4..])?;
                }
                (_, Some(authentication::OK)) => {}
                (_, Some(_)) => return Err(Error::Protocol("authentication method")),
                // Parameters, notices and the key for cancelling.
                _ => {}
            }
            this.stream.write_all(&reply).await?;
            this.stream.flush().await?;
        }
    }

    fn on(stream: TlsStream<TcpStream>) -> Self {
        Self {
            stream,
            received: 0,
        }
    }

    async fn start_up(
        &mut self,
        database: &str,
        user: &str,
        replication: bool,
    ) -> Result<(), Error> {
        let mut parameters = vec![("user", user), ("database", database)];
        if replication {
            parameters.push(("replication", "database"));
        }
        let mut message = BytesMut::new();
        frontend::startup_message(parameters, &mut message)?;
        self.stream.write_all(&message).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// Runs a statement or a replication command and forgets its rows.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn execute(&mut self, command: &str) -> Result<(), Error> {
        self.send(command).await?;
        while self.read().await?.tag != b'Z' {}
        Ok(())
    }

    /// Starts to stream a publication's changes from a slot of pgoutput.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn start_replication(&mut self, slot: &str, publication: &str) -> Result<(), Error> {
        self.resume_replication(slot, publication, "0/0").await
    }

    /// The same from a position on, such as `0/16B3748`, that the client has stored.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn resume_replication(
        &mut self,
        slot: &str,
        publication: &str,
        position: &str,
    ) -> Result<(), Error> {
        self.send(&format!(
            "START_REPLICATION SLOT {slot} LOGICAL {position} (proto_version '1', publication_names '{publication}')"
        ))
        .await?;
        while self.read().await?.tag != b'W' {}
        Ok(())
    }

    /// Waits for the next row that is inserted; its columns as text.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn next_insert(&mut self) -> Result<Vec<String>, Error> {
        loop {
            let message = self.read().await?;
            match (message.tag, message.body.as_slice()) {
                // Start, end and time of the WAL data come first.
                (b'd', [b'w', data @ ..]) => {
                    if let Some(end) = data.get(8..).and_then(<[u8]>::first_chunk) {
                        self.received = u64::from_be_bytes(*end);
                    }
                    if let Some(columns) = data.get(24..).and_then(pgoutput::inserted) {
                        return Ok(columns);
                    }
                }
                (b'd', [b'k', rest @ ..]) if rest.last() == Some(&1) => {
                    self.confirm_up_to(0).await?
                }
                // Other replication messages; parameters and notices come at any time.
                (b'd' | b'S' | b'N', _) => {}
                _ => return Err(Error::Protocol("end of the stream")),
            }
        }
    }

    /// Confirms what was received.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn confirm(&mut self) -> Result<(), Error> {
        self.confirm_up_to(self.received).await
    }

    /// A standby status update, which shows that somebody is there: written, flushed and applied up to a position, which
    /// is 0 for nothing.
    async fn confirm_up_to(&mut self, position: u64) -> Result<(), Error> {
        let position = position.to_be_bytes();
        let body = [b"r", &position[..], &position, &position, &[0; 8 + 1]].concat();
        let message = Message { tag: b'd', body };
        Ok(message.write(&mut self.stream).await?)
    }

    /// Leaves.
    ///
    /// # Errors
    /// When the connection is broken already.
    pub async fn close(mut self) -> Result<(), Error> {
        let mut message = BytesMut::new();
        frontend::terminate(&mut message);
        self.stream.write_all(&message).await?;
        Ok(self.stream.shutdown().await?)
    }

    async fn send(&mut self, command: &str) -> Result<(), Error> {
        let mut message = BytesMut::new();
        frontend::query(command, &mut message)?;
        self.stream.write_all(&message).await?;
        Ok(self.stream.flush().await?)
    }

    /// The next message; errors of the server are errors here.
    async fn read(&mut self) -> Result<Message, Error> {
        let message = Message::read(&mut self.stream)
            .await?
            .ok_or(Error::Protocol("end of the connection"))?;
        match message.error() {
            Some((sqlstate, message)) => Err(Error::Server { sqlstate, message }),
            None => Ok(message),
        }
    }
}

/// Asks what a server would ask a user for, and leaves.
///
/// # Errors
/// When the server cannot be reached.
pub async fn probe(
    cluster: &Cluster,
    ca_file: &Path,
    user: &str,
    replication: bool,
) -> Result<AuthRequest, Error> {
    let stream = dial(cluster, ca_file).await?;
    let mut connection = Connection::on(stream);
    connection
        .start_up(&cluster.database, user, replication)
        .await?;
    match connection.read().await {
        Ok(message) => Ok(match message.authentication_kind() {
            Some(authentication::OK) => AuthRequest::Nothing,
            Some(authentication::CLEARTEXT_PASSWORD) => AuthRequest::Cleartext,
            _ => AuthRequest::Password,
        }),
        Err(Error::Server { sqlstate, .. }) => Ok(AuthRequest::Refused(sqlstate)),
        Err(error) => Err(error),
    }
}

async fn dial(cluster: &Cluster, ca_file: &Path) -> Result<TlsStream<TcpStream>, Error> {
    let other = |error: rustls::Error| io::Error::other(error);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file).map_err(io::Error::other)? {
        let certificate = certificate.map_err(io::Error::other)?;
        roots.add(certificate).map_err(other)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(cluster.host.clone()).map_err(io::Error::other)?;

    let mut socket =
        TcpStream::connect((cluster.connect_host.as_str(), cluster.connect_port)).await?;
    socket.set_nodelay(true)?;
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    socket.write_all(&request).await?;
    if socket.read_u8().await? != b'S' {
        return Err(Error::Protocol("answer to the wish for TLS"));
    }
    Ok(TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?)
}
