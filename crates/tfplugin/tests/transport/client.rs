//! Terraform's side of the connection.

use std::{io, pin::Pin, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, client::ResolvesClientCert, crypto::aws_lc_rs,
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use super::{
    process::{Handshake, PATIENCE, Plugin},
    wire::tfplugin6::{get_provider_schema, provider_client::ProviderClient},
};

/// A certificate like the one that Terraform makes for each plugin process: self-signed, on P-521,
/// and an authority.
pub struct Identity {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// A new key and its certificate.
    pub fn generate() -> Self {
        use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).expect("a key");
        let mut parameters =
            rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        }
    }

    /// This certificate with the key of another, as a thief of the certificate would have it.
    pub fn with_key_of(&self, other: &Self) -> Self {
        Self {
            pem: self.pem.clone(),
            certificate: self.certificate.clone(),
            key: other.key.clone_key(),
        }
    }
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

/// How a client comes.
pub enum As<'a> {
    /// Without TLS.
    Plaintext,
    /// With TLS and no certificate.
    Nobody,
    /// With TLS and a certificate.
    Holder(&'a Identity),
}

trait Stream: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

async fn open(
    path: String,
    tls: Option<Arc<ClientConfig>>,
) -> io::Result<TokioIo<Pin<Box<dyn Stream>>>> {
    let socket = UnixStream::connect(path).await?;
    let stream: Pin<Box<dyn Stream>> = match tls {
        None => Box::pin(socket),
        Some(tls) => {
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            Box::pin(TlsConnector::from(tls).connect(name, socket).await?)
        }
    };
    Ok(TokioIo::new(stream))
}

fn tls_config(handshake: &Handshake, identity: Option<&Identity>) -> Arc<ClientConfig> {
    let server = STANDARD_NO_PAD
        .decode(&handshake.certificate)
        .expect("the certificate is base64 without padding");
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(server))
        .expect("the certificate can be read");
    let crypto = aws_lc_rs::default_provider();
    let shown = identity.map(|identity| {
        let key = crypto
            .key_provider
            .load_private_key(identity.key.clone_key())
            .expect("the key can be read");
        Shown(Arc::new(CertifiedKey::new(
            vec![identity.certificate.clone()],
            key,
        )))
    });
    let config = ClientConfig::builder_with_provider(Arc::new(crypto))
        .with_safe_default_protocol_versions()
        .expect("the protocol versions fit")
        .with_root_certificates(roots);
    let mut config = match shown {
        None => config.with_no_client_auth(),
        Some(shown) => config.with_client_cert_resolver(Arc::new(shown)),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// A connection to a plugin.
pub async fn connect(plugin: &Plugin, client: As<'_>) -> Result<Channel, tonic::transport::Error> {
    let handshake = &plugin.handshake;
    let tls = match client {
        As::Plaintext => None,
        As::Nobody => Some(tls_config(handshake, None)),
        As::Holder(identity) => Some(tls_config(handshake, Some(identity))),
    };
    connect_to(handshake.address.clone(), tls).await
}

/// A connection to a unix socket.
pub async fn connect_to(
    path: String,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Channel, tonic::transport::Error> {
    Endpoint::from_static("http://localhost")
        .connect_timeout(PATIENCE)
        .connect_with_connector(tower::service_fn(move |_: Uri| {
            open(path.clone(), tls.clone())
        }))
        .await
}

/// A client of the provider on a plaintext plugin. Takes messages as large as Terraform does.
pub async fn provider(plugin: &Plugin) -> ProviderClient<Channel> {
    let channel = connect(plugin, As::Plaintext).await.expect("a connection");
    provider_on(channel)
}

/// A client of the provider on a connection.
pub fn provider_on(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// The names of the resources that a client gets to see, or why it sees none.
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
