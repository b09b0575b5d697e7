//! TLS towards the server: whom to trust, and how much to verify.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};

use crate::{postgres::Error, region};

/// The root certificates of Amazon RDS, as AWS publishes them for its commercial Regions.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>
const RDS_ROOTS: &str = include_str!("rds-roots.pem");

/// Regions whose roots are not among [`RDS_ROOTS`], by prefix.
const REGIONS_WITHOUT_ROOTS: [&str; 8] = [
    "il-central-1",
    "ca-west-1",
    "ap-southeast-5",
    "ap-southeast-7",
    "mx-central-1",
    "ap-east-2",
    "us-gov-",
    "cn-",
];

/// How TLS is used, in libpq's words.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// As [`SslMode::Prefer`]: a plain connection is not tried first.
    Allow,
    /// Where the server offers it; nothing is verified.
    Prefer,
    /// Always; as [`SslMode::VerifyCa`] where roots are given, or else nothing is verified.
    Require,
    /// Always; the certificate must come from a trusted root.
    VerifyCa,
    /// Always; the certificate must also carry the host's name.
    VerifyFull,
}

impl SslMode {
    /// All of them, the weakest first.
    pub const ALL: [Self; 6] = [
        Self::Disable,
        Self::Allow,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// Whether nothing is sent without TLS.
    pub fn demands_tls(self) -> bool {
        !matches!(self, Self::Disable | Self::Allow | Self::Prefer)
    }

    /// As libpq writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl FromStr for SslMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mode = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        mode.ok_or(())
    }
}

/// The root certificates to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those of Amazon RDS that are shipped, and the platform's.
    Shipped,
    /// Those of the platform.
    System,
    /// Those in this file, in PEM form.
    File(PathBuf),
    /// Those in this text, in PEM form.
    Pem(String),
}

/// The configuration of the TLS client; `None` when TLS is not used.
///
/// # Errors
/// When the roots cannot be read.
pub(super) fn client_config(
    sslmode: SslMode,
    roots: &Roots,
) -> Result<Option<Arc<ClientConfig>>, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match (sslmode, roots) {
        (SslMode::Disable, _) => return Ok(None),
        (SslMode::Allow | SslMode::Prefer, _) | (SslMode::Require, Roots::Shipped) => {
            Arc::new(Lenient::nothing(provider.clone()))
        }
        (SslMode::Require | SslMode::VerifyCa, _) => Arc::new(Lenient::any_name(
            provider.clone(),
            webpki(&provider, roots)?,
        )),
        (SslMode::VerifyFull, _) => webpki(&provider, roots)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Some(Arc::new(config)))
}

fn webpki(
    provider: &Arc<CryptoProvider>,
    roots: &Roots,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(store(roots)?), provider.clone())
        .build()
        .map_err(|error| Error::Tls(error.to_string()))
}

fn store(roots: &Roots) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Shipped => add(&mut store, RDS_ROOTS)?,
        Roots::Pem(text) => add(&mut store, text)?,
        Roots::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                // What has several lines is no path, and perhaps a secret.
                let shown = path.to_str().filter(|path| !path.contains('\n'));
                Error::Tls(format!(
                    "the root certificates {} cannot be read: {error}",
                    shown.unwrap_or("that are given as a text and not as a path")
                ))
            })?;
            add(&mut store, &text)?;
        }
        Roots::System => {}
    }
    if matches!(roots, Roots::Shipped | Roots::System) {
        // What the platform lacks or cannot read is no reason to fail: RDS has roots of its own.
        let platform = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(platform.certs);
    }
    if store.is_empty() {
        return Err(Error::Tls("the platform has no root certificates".into()));
    }
    Ok(store)
}

/// Adds the certificates of a text in PEM form.
fn add(store: &mut RootCertStore, pem: &str) -> Result<(), Error> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| {
            Error::Tls(format!(
                "the root certificates are not in PEM form: {error}"
            ))
        })?;
    if certificates.is_empty() {
        return Err(Error::Tls(
            "there is no certificate among the root certificates".into(),
        ));
    }
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(Error::Tls(
            "none of the root certificates can be used".into(),
        ));
    }
    Ok(())
}

/// What to say about a certificate of a host in a Region whose roots are not shipped; `None` for
/// others.
pub(super) fn missing_roots(host: &str, roots: &Roots) -> Option<String> {
    if *roots != Roots::Shipped {
        return None;
    }
    let region = region::from_host(host)?;
    REGIONS_WITHOUT_ROOTS
        .iter()
        .any(|prefix| region.starts_with(prefix))
        .then(|| {
            format!(
                "The root certificates of Amazon RDS in {region} are not shipped with the provider. Download that \
                 Region's bundle (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html) and \
                 name it in `sslrootcert`."
            )
        })
}

/// A verifier that lets more pass than a name and a root would.
struct Lenient {
    provider: Arc<CryptoProvider>,
    /// Checks the chain; `None` lets every certificate pass.
    chain: Option<Arc<WebPkiServerVerifier>>,
}

impl Lenient {
    fn nothing(provider: Arc<CryptoProvider>) -> Self {
        Self {
            provider,
            chain: None,
        }
    }

    fn any_name(provider: Arc<CryptoProvider>, chain: Arc<WebPkiServerVerifier>) -> Self {
        Self {
            provider,
            chain: Some(chain),
        }
    }
}

impl fmt::Debug for Lenient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lenient")
            .field("checks_chain", &self.chain.is_some())
            .finish()
    }
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
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
            &self.provider.signature_verification_algorithms,
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
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_roots_are_named_only_while_the_shipped_ones_are_used() {
        let host = "o.cluster-abc.il-central-1.rds.amazonaws.com";
        assert!(
            missing_roots(host, &Roots::Shipped).is_some_and(|text| text.contains("sslrootcert"))
        );
        assert_eq!(missing_roots(host, &Roots::Pem(String::new())), None);
        let covered = "o.cluster-abc.eu-west-1.rds.amazonaws.com";
        assert_eq!(missing_roots(covered, &Roots::Shipped), None);
    }

    #[test]
    fn shipped_roots_are_all_usable() {
        let certificates = CertificateDer::pem_slice_iter(RDS_ROOTS.as_bytes()).count();
        let mut store = RootCertStore::empty();
        let parsed = CertificateDer::pem_slice_iter(RDS_ROOTS.as_bytes()).filter_map(Result::ok);
        let (added, ignored) = store.add_parsable_certificates(parsed);
        assert_eq!((added, ignored), (certificates, 0));
        assert_eq!(certificates, 87);
    }

    #[test]
    fn roots_without_a_certificate_are_refused() {
        assert!(store(&Roots::Pem("nothing".into())).is_err());
    }
}
