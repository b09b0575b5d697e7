//! The way to the server: TCP to the tunnel's end or the endpoint, and TLS in the endpoint's name.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::{
    tcp,
    tls::{self, Roots, SslMode},
};
use crate::{host, postgres::Error};

/// Where the server is and how to speak to it.
#[derive(Clone, Debug)]
pub struct Address {
    /// The endpoint, as RDS names it.
    pub host: String,
    /// The endpoint's port.
    pub port: u16,
    /// Where to open the TCP connection instead, such as a tunnel's end.
    pub connect_host: Option<String>,
    /// The port there.
    pub connect_port: Option<u16>,
    /// How TLS is used.
    pub sslmode: SslMode,
    /// Whom to trust.
    pub roots: Roots,
    /// How long one attempt to connect may take, from the look-up of the name to the end of the log-in.
    pub connect_timeout: Duration,
}

impl Address {
    /// `host:port` for messages, with the tunnel's end where there is one.
    pub fn endpoint(&self) -> String {
        let endpoint = host::with_port(&self.host, self.port);
        if self.connect_host.is_none() && self.connect_port.is_none() {
            return endpoint;
        }
        let (host, port) = self.tcp();
        format!("{endpoint} (through {})", host::with_port(host, port))
    }

    fn tcp(&self) -> (&str, u16) {
        (
            self.connect_host.as_deref().unwrap_or(&self.host),
            self.connect_port.unwrap_or(self.port),
        )
    }

    fn failed(&self, reason: impl Into<String>) -> Error {
        Error::Connection {
            endpoint: self.endpoint(),
            reason: reason.into(),
        }
    }
}

/// A connection to the server, with or without TLS, before the start-up message.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A server that can be reached again and again; the roots are read once.
#[derive(Debug)]
pub(super) struct Dialer {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
}

impl Dialer {
    /// Reads the roots. Contacts nothing.
    pub(super) fn new(address: Address) -> Result<Self, Error> {
        let tls = tls::client_config(address.sslmode, &address.roots)?;
        Ok(Self { address, tls })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The outcome of an attempt to connect, within the limit of one.
    pub(super) async fn limit<T>(
        &self,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.address.connect_timeout;
        tokio::time::timeout(limit, attempt)
            .await
            .unwrap_or_else(|_| {
                Err(self
                    .address
                    .failed(format!("no answer within {} seconds", limit.as_secs())))
            })
    }

    /// Connects, and agrees on TLS with the server. Whoever asks sets the limit.
    /// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>
    pub(super) async fn dial(&self) -> Result<Box<dyn Stream>, Error> {
        let address = &self.address;
        let failed = |error: std::io::Error| address.failed(error.to_string());
        let mut tcp = tcp::connect(address.tcp())
            .await
            .map_err(|error| match error {
                tcp::Failed::NotFound(error) => Error::HostNotFound {
                    endpoint: address.endpoint(),
                    reason: error.to_string(),
                },
                tcp::Failed::Refused(error) => failed(error),
            })?;
        let Some(config) = &self.tls else {
            return Ok(Box::new(tcp));
        };
        let mut request = bytes::BytesMut::new();
        postgres_protocol::message::frontend::ssl_request(&mut request);
        tcp.write_all(&request).await.map_err(failed)?;
        let answer = tcp.read_u8().await.map_err(failed)?;
        match (answer, address.sslmode) {
            (b'S', _) => {}
            (_, SslMode::Allow | SslMode::Prefer) => return Ok(Box::new(tcp)),
            (_, _) => {
                return Err(Error::Tls(format!(
                    "{} does not offer TLS",
                    address.endpoint()
                )));
            }
        }
        let name = ServerName::try_from(address.host.clone()).map_err(|_| {
            Error::Tls(format!(
                "{:?} is not a name that a certificate can carry",
                address.host
            ))
        })?;
        let stream = TlsConnector::from(config.clone())
            .connect(name, tcp)
            .await
            .map_err(|error| {
                // Nobody's certificate is at fault when the server goes in the midst of it.
                if !error
                    .get_ref()
                    .is_some_and(|source| source.is::<rustls::Error>())
                {
                    return failed(error);
                }
                let hint = tls::missing_roots(&address.host, &address.roots)
                    .map(|text| format!(" {text}"))
                    .unwrap_or_default();
                Error::Tls(format!("{}: {error}.{hint}", address.endpoint()))
            })?;
        Ok(Box::new(stream))
    }
}
