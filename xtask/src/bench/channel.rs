//! A gRPC connection to the provider, mutually authenticated as Terraform's is.
//!
//! Messages are bytes: an empty request goes out, and the size of the answer is what counts.

use std::{io, pin::Pin, sync::Arc};

use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::{Endpoint, Uri},
};

use crate::{
    bench::{
        certificate::ClientCertificate,
        plugin::{Address, Plugin},
    },
    failure::{Context, Failure},
};

/// A connection.
pub struct Channel(Grpc<tonic::transport::Channel>);

/// Connects to a provider that was started with the certificate.
///
/// # Errors
/// When it does not accept the certificate, or shows another one than it announced.
pub async fn open(plugin: &Plugin, certificate: &ClientCertificate) -> Result<Channel, Failure> {
    let announced = plugin
        .certificate()
        .ok_or_else(|| Failure::new("the provider does not speak TLS"))?;
    let mut roots = RootCertStore::empty();
    roots
        .add(announced.clone())
        .context("the provider's certificate")?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .context("configuring TLS")?
    .with_root_certificates(roots)
    .with_client_auth_cert(vec![certificate.der()], certificate.key())
    .context("the client certificate")?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let address = plugin.address().clone();
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(tower::service_fn(move |_: Uri| {
            let (connector, address) = (connector.clone(), address.clone());
            async move {
                let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                let socket = connect(&address).await?;
                connector.connect(name, socket).await.map(TokioIo::new)
            }
        }))
        .await
        .context("connecting to the provider")?;
    Ok(Channel(
        Grpc::new(channel).max_decoding_message_size(64 * 1024 * 1024),
    ))
}

impl Channel {
    /// Calls an RPC with an empty request; the answer's bytes.
    ///
    /// # Errors
    /// When the RPC fails.
    pub async fn call(&mut self, path: &'static str) -> Result<Vec<u8>, Failure> {
        self.0.ready().await.context(path)?;
        let answer = self
            .0
            .unary(
                Request::new(Vec::new()),
                PathAndQuery::from_static(path),
                Bytes,
            )
            .await
            .context(path)?;
        Ok(answer.into_inner())
    }
}

/// A stream of bytes, whatever carries it.
trait Socket: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Socket for T {}

async fn connect(address: &Address) -> io::Result<Pin<Box<dyn Socket>>> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => Ok(Box::pin(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Address::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        Address::Tcp(address) => Ok(Box::pin(tokio::net::TcpStream::connect(address).await?)),
    }
}

/// Messages as they are on the wire.
#[derive(Clone, Copy, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self::Encoder {
        Self
    }

    fn decoder(&mut self) -> Self::Decoder {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let length = bytes::Buf::remaining(buffer);
        let mut item = vec![0; length];
        bytes::Buf::copy_to_slice(buffer, &mut item);
        Ok(Some(item))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
