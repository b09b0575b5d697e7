//! A client of logical replication, and of SQL by the same gate; and the question what a server would ask a client for.
//!
//! It streams from every major version with the oldest options of pgoutput, which no library does.
//! <https://www.postgresql.org/docs/current/protocol-logical-replication.html>

use std::{collections::VecDeque, io, path::Path, sync::Arc};

use bytes::{Buf as _, BytesMut};
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

use super::{
    Row,
    pgoutput::{Change, Decoder, Operation},
};
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

/// A connection to a cluster's writer, over verified TLS.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    decoder: Decoder,
    /// Changes that came before somebody asked for them.
    ahead: VecDeque<Change>,
}

impl Connection {
    /// Logs in for replication, with a password or a token.
    ///
    /// # Errors
    /// When the server refuses it, or cannot be reached.
    pub async fn open(
        cluster: &Cluster,
        ca_file: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self, Error> {
        Self::log_in(cluster, ca_file, user, password, true).await
    }

    /// Logs in for SQL, with a password or a token.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open_for_sql(
        cluster: &Cluster,
        ca_file: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self, Error> {
        Self::log_in(cluster, ca_file, user, password, false).await
    }

    async fn log_in(
        cluster: &Cluster,
        ca_file: &Path,
        user: &str,
        password: &str,
        replication: bool,
    ) -> Result<Self, Error> {
        let mut this = Self::dial(cluster, ca_file).await?;
        this.start_up(&cluster.database, user, replication).await?;
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

    async fn dial(cluster: &Cluster, ca_file: &Path) -> Result<Self, Error> {
        Ok(Self {
            stream: dial(cluster, ca_file).await?,
            decoder: Decoder::default(),
            ahead: VecDeque::new(),
        })
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
        self.rows(command).await?;
        Ok(())
    }

    /// Runs statements or a replication command; the rows.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn rows(&mut self, command: &str) -> Result<Vec<Row>, Error> {
        self.send(command).await?;
        let mut rows = Vec::new();
        loop {
            let message = self.read().await?;
            match message.tag {
                b'Z' => return Ok(rows),
                b'D' => rows.push(row(&message.body).ok_or(Error::Protocol("row"))?),
                _ => {}
            }
        }
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
            let Change { operation, row, .. } = self.next_change().await?;
            if operation == Operation::Insert {
                let columns = row.into_iter();
                return Ok(columns
                    .map(|column| column.unwrap_or_else(|| "NULL".to_owned()))
                    .collect());
            }
        }
    }

    /// Waits for the next row that is inserted, updated or deleted.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn next_change(&mut self) -> Result<Change, Error> {
        if let Some(change) = self.ahead.pop_front() {
            return Ok(change);
        }
        loop {
            if let Some(change) = self.read_change().await? {
                return Ok(change);
            }
        }
    }

    /// Confirms what has come, the last transaction as a whole: the slot does not bring it again.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn confirm(&mut self) -> Result<(), Error> {
        while self.decoder.is_in_transaction() {
            let change = self.read_change().await?;
            self.ahead.extend(change);
        }
        self.report(self.decoder.committed()).await
    }

    /// The change that the next message of the stream brings, if it does.
    async fn read_change(&mut self) -> Result<Option<Change>, Error> {
        let message = self.read().await?;
        match (message.tag, message.body.as_slice()) {
            // Start, end and time of the WAL data come first.
            (b'd', [b'w', data @ ..]) => {
                Ok(self.decoder.change(data.get(24..).unwrap_or_default()))
            }
            (b'd', [b'k', rest @ ..]) if rest.last() == Some(&1) => {
                self.report(0).await?;
                Ok(None)
            }
            // Other replication messages; parameters and notices come at any time.
            (b'd' | b'S' | b'N', _) => Ok(None),
            _ => Err(Error::Protocol("end of the stream")),
        }
    }

    /// A standby status update, which shows that somebody is there: that everything up to a position was written,
    /// flushed and applied. Zero confirms nothing.
    async fn report(&mut self, position: u64) -> Result<(), Error> {
        let mut body = vec![b'r'];
        for number in [position, position, position, 0] {
            body.extend(number.to_be_bytes());
        }
        body.push(0);
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
    let mut connection = Connection::dial(cluster, ca_file).await?;
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

/// The columns of a DataRow message.
fn row(mut body: &[u8]) -> Option<Row> {
    let columns = body.try_get_u16().ok()?;
    let mut row = Row::with_capacity(columns.into());
    for _ in 0..columns {
        row.push(match usize::try_from(body.try_get_i32().ok()?) {
            Ok(length) => {
                let (text, after) = body.split_at_checked(length)?;
                body = after;
                Some(String::from_utf8_lossy(text).into_owned())
            }
            // NULL has a negative length.
            Err(_) => None,
        });
    }
    Some(row)
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
