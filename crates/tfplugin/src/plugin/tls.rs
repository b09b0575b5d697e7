//! Mutual TLS with certificates that are made for one process and known to both sides.
//!
//! Terraform's client certificate is self-signed, marked as a certificate authority and made on
//! P-521. The usual path validation refuses such a certificate, so it is pinned instead: exactly
//! that certificate, and proof that the client holds its key.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{
        NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime, pem::PemObject,
};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The client's certificate cannot be read.
    #[error("PLUGIN_CLIENT_CERT holds no PEM certificate: {0}")]
    ClientCertificate(rustls_pki_types::pem::Error),
    /// The server's certificate cannot be made.
    #[error("cannot make a certificate for the server: {0}")]
    ServerCertificate(#[from] rcgen::Error),
    /// The two do not make a configuration.
    #[error("cannot configure TLS: {0}")]
    Configuration(#[from] rustls::Error),
}

/// The server's side of TLS.
pub(crate) struct Tls {
    /// The certificate, in DER, that the handshake line carries.
    pub(crate) certificate: CertificateDer<'static>,
    /// What connections are accepted with.
    pub(crate) config: Arc<ServerConfig>,
}

impl Tls {
    /// Makes a key and a certificate, and admits the holder of `client_certificate` (PEM) only.
    pub(crate) fn for_client(client_certificate: &str) -> Result<Self, Error> {
        let client = CertificateDer::from_pem_slice(client_certificate.as_bytes())
            .map_err(Error::ClientCertificate)?;
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        // The client asks for this name, whatever the socket.
        let certificate = rcgen::CertificateParams::new(["localhost".to_owned()])?
            .self_signed(&key)?
            .der()
            .clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));

        let crypto = Arc::new(aws_lc_rs::default_provider());
        let verifier = PinnedClient {
            certificate: client,
            crypto: Arc::clone(&crypto),
        };
        let mut config = ServerConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key)?;
        // Newer Go clients refuse a server that does not select it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // There are no second visits worth remembering, and nothing to resume without a proof.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            certificate,
            config: Arc::new(config),
        })
    }
}

/// Admits one certificate, for which the client must prove that it holds the key.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if end_entity.as_ref() == self.certificate.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto
            .signature_verification_algorithms
            .supported_schemes()
    }
}
