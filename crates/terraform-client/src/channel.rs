//! Connections to a provider: gRPC over its socket, mutually authenticated as Terraform's are.

use std::{io, pin::Pin, sync::Arc};

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, client::ResolvesClientCert, crypto::aws_lc_rs,
    sign::CertifiedKey,
};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::{
    Error, Handshake, Identity, PATIENCE, Plugin,
    proto::tfplugin6::{get_provider_schema, provider_client::ProviderClient},
};

/// How a client comes.
pub enum As<'a> {
    /// Without TLS.
    Plaintext,
    /// With TLS and no certificate.
    Nobody,
    /// With TLS and a certificate.
    Holder(&'a Identity),
}

/// A connection to a plugin.
///
/// # Errors
/// When the plugin does not take the client, or is another one than it announced.
pub async fn connect(plugin: &Plugin, client: As<'_>) -> Result<Channel, Error> {
    let handshake = &plugin.handshake;
    let tls = match client {
        As::Plaintext => None,
        As::Nobody => Some(tls_config(handshake, None)?),
        As::Holder(identity) => Some(tls_config(handshake, Some(identity))?),
    };
    open(&handshake.network, &handshake.address, tls).await
}

/// A connection without TLS to where a provider in debug mode listens: `unix` and a path, or `tcp`, a host
/// and a port.
///
/// # Errors
/// When nobody listens there.
pub async fn connect_in_plaintext(network: &str, address: &str) -> Result<Channel, Error> {
    open(network, address, None).await
}

/// A client of the provider on a plaintext plugin.
///
/// # Panics
/// When it takes no connection.
pub async fn provider(plugin: &Plugin) -> ProviderClient<Channel> {
    let channel = connect(plugin, As::Plaintext).await;
    provider_on(channel.expect("a connection"))
}

/// A client of the provider on a connection. Takes messages as large as Terraform does.
pub fn provider_on(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// The names of the resources that a client gets to see, or why it sees none.
///
/// # Panics
/// When it is neither served nor refused within [`PATIENCE`].
pub async fn call(plugin: &Plugin, client: As<'_>) -> Result<Vec<String>, String> {
    let called = async {
        let channel = connect(plugin, client)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let schema = provider_on(channel)
            .get_provider_schema(get_provider_schema::Request {})
            .await
            .map_err(|status| format!("{status:?}"))?;
        Ok(schema.into_inner().resource_schemas.into_keys().collect())
    };
    tokio::time::timeout(PATIENCE, called)
        .await
        .unwrap_or_else(|_| panic!("the client is neither served nor refused"))
}

async fn open(
    network: &str,
    address: &str,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Channel, Error> {
    let (network, address) = (network.to_owned(), address.to_owned());
    let connector = tower::service_fn(move |_: Uri| {
        let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
        async move {
            let socket = dial(&network, &address).await?;
            let stream: Pin<Box<dyn Stream>> = match tls {
                None => socket,
                Some(tls) => {
                    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                    Box::pin(TlsConnector::from(tls).connect(name, socket).await?)
                }
            };
            io::Result::Ok(TokioIo::new(stream))
        }
    });
    Ok(Endpoint::from_static("http://localhost")
        .connect_timeout(PATIENCE)
        .connect_with_connector(connector)
        .await?)
}

/// A stream of bytes, whatever carries it.
trait Stream: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

async fn dial(network: &str, address: &str) -> io::Result<Pin<Box<dyn Stream>>> {
    match network {
        #[cfg(unix)]
        "unix" => Ok(Box::pin(tokio::net::UnixStream::connect(address).await?)),
        "tcp" => Ok(Box::pin(TcpStream::connect(address).await?)),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn tls_config(
    handshake: &Handshake,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, Error> {
    let server = handshake.certificate.clone().ok_or(Error::NoCertificate)?;
    let mut roots = RootCertStore::empty();
    roots.add(server)?;
    let crypto = aws_lc_rs::default_provider();
    let shown = match identity {
        None => None,
        Some(identity) => {
            let key = crypto
                .key_provider
                .load_private_key(identity.key.clone_key())?;
            let chain = vec![identity.certificate.clone()];
            Some(Shown(Arc::new(CertifiedKey::new(chain, key))))
        }
    };
    let config = ClientConfig::builder_with_provider(Arc::new(crypto))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match shown {
        None => config.with_no_client_auth(),
        Some(shown) => config.with_client_cert_resolver(Arc::new(shown)),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// Shows one certificate, whether or not the key fits.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
