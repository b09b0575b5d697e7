//! The HTTP client that all calls share: one pool of connections, one set of trusted roots.
//!
//! It is the SDK's default one (HTTPS by rustls on AWS-LC, `HTTPS_PROXY` and its like), and knows
//! `AWS_CA_BUNDLE` besides, which the SDK does not.

use std::{env, fs, path::PathBuf};

use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::error::chain;

/// The variable with the path of the certificates to trust in place of the platform's.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The client, or why the certificates that the environment names cannot be used.
pub(super) fn client() -> Result<SharedHttpClient, String> {
    let context = match env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        None => TlsContext::default(),
        Some(path) => {
            let path = PathBuf::from(path);
            let failed = |reason: String| format!("{CA_BUNDLE} is {}: {reason}", path.display());
            let pem = fs::read(&path).map_err(|error| failed(error.to_string()))?;
            check(&pem).map_err(failed)?;
            TlsContext::builder()
                .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
                .build()
                .map_err(|error| chain(&error))?
        }
    };
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = ConnectorBuilder::default()
                .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone());
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.build()
        }),
    )
}

/// Whether there are certificates in the text, all of them usable: the SDK would panic.
fn check(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("it is not PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("a certificate in it cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(())
}
