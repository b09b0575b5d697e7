//! A client certificate as Terraform makes one for each plugin process.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::failure::{Context, Failure};

/// A self-signed P-521 certificate, marked as a CA, for `localhost`.
pub struct ClientCertificate {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl ClientCertificate {
    /// Makes a key and its certificate.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new() -> Result<Self, Failure> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).context("making a key")?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])
            .context("describing a client certificate")?;
        params
            .distinguished_name
            .push(DnType::OrganizationName, "HashiCorp");
        params
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = params
            .self_signed(&key)
            .context("signing a client certificate")?;
        Ok(Self { certificate, key })
    }

    /// The certificate as the provider gets it, in `PLUGIN_CLIENT_CERT`.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The certificate as it is sent to the provider.
    pub fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// The key that belongs to it.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}
