//! The HTTP client that all calls share: one pool of connections, one set of trusted roots, failures that
//! name the endpoint.
//!
//! It is the SDK's default one (HTTPS by rustls on AWS-LC), and knows a file of certificates and
//! proxies besides, which the SDK takes from the environment at most.

use std::{env, fs, path::Path, sync::Arc};

use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use http::Uri;
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::{
    proxy::{Proxies, Resolved, Route},
    shared_files::expand_home,
};
use crate::causes::chain;

/// The variable with the path of the certificates to trust in place of the platform's.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The client, or why the certificates or the proxies that are configured cannot be used.
pub(super) fn client(
    ca_bundle: Option<&Path>,
    proxies: &Proxies,
) -> Result<SharedHttpClient, String> {
    let context = tls_context(ca_bundle)?;
    let proxies = proxies.resolve()?;
    let direct = client_by(&context, ProxyConfig::disabled());
    let by = |proxy: &Option<ProxyConfig>| match proxy {
        Some(proxy) => client_by(&context, proxy.clone()),
        None => direct.clone(),
    };
    Ok(SharedHttpClient::new(ProxyRouter {
        clients: Arc::new(ProxiedClients {
            http: by(&proxies.http),
            https: by(&proxies.https),
            direct,
            proxies,
        }),
    }))
}

/// A client with one way to AWS: straight, or by a proxy.
fn client_by(context: &TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    let context = context.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(proxy.clone()));
        connector.build()
    })
}

/// The client without a proxy, and those of the proxies.
#[derive(Debug)]
struct ProxiedClients {
    direct: SharedHttpClient,
    http: SharedHttpClient,
    https: SharedHttpClient,
    proxies: Resolved,
}

impl ProxiedClients {
    fn client_for(&self, url: &str) -> &SharedHttpClient {
        match self.proxies.route(url) {
            Route::Direct => &self.direct,
            Route::HttpProxy => &self.http,
            Route::HttpsProxy => &self.https,
        }
    }
}

/// A request that got no answer, and where it was sent.
#[derive(Debug, thiserror::Error)]
#[error("{endpoint}")]
pub(super) struct Unanswered {
    endpoint: String,
    #[source]
    reason: BoxError,
}

impl Unanswered {
    /// The same failure with the endpoint.
    fn name(endpoint: String, error: ConnectorError) -> ConnectorError {
        let (is_timeout, is_io, is_user) = (error.is_timeout(), error.is_io(), error.is_user());
        let kind = error.as_other();
        let reason = error.into_source();
        let named = Self { endpoint, reason }.into();
        match (is_timeout, is_io, is_user) {
            (true, ..) => ConnectorError::timeout(named),
            (_, true, _) => ConnectorError::io(named),
            (.., true) => ConnectorError::user(named),
            _ => ConnectorError::other(named, kind),
        }
    }
}

/// Scheme, host and port of a URL, without a login that may be in it.
fn endpoint(url: &str) -> String {
    let uri = url.parse::<Uri>().unwrap_or_default();
    let port = uri
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let scheme = uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{}{port}", uri.host().unwrap_or_default())
}

/// A client that routes each request to its proxy, where it has one: the SDK's own has one proxy for all.
#[derive(Debug)]
struct ProxyRouter {
    clients: Arc<ProxiedClients>,
}

/// The connector of such a client; those of the single clients are made when they are needed, and kept
/// there.
#[derive(Debug)]
struct ProxyConnector {
    clients: Arc<ProxiedClients>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpClient for ProxyRouter {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ProxyConnector {
            clients: self.clients.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.clients
            .direct
            .validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.clients
            .direct
            .validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.clients.direct.connector_metadata()
    }
}

impl HttpConnector for ProxyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = endpoint(request.uri());
        let answer = self
            .clients
            .client_for(request.uri())
            .http_connector(&self.settings, &self.components)
            .call(request);
        HttpConnectorFuture::new(async {
            answer
                .await
                .map_err(|error| Unanswered::name(endpoint, error))
        })
    }
}

/// What is trusted: the certificates of a file, which then replace the platform's, as in
/// hashicorp/aws and in the AWS CLI.
fn tls_context(ca_bundle: Option<&Path>) -> Result<TlsContext, String> {
    let configured = ca_bundle
        .filter(|path| !path.as_os_str().is_empty())
        .map(|path| ("custom_ca_bundle", expand_home(path)));
    let bundle = configured.or_else(|| {
        let path = env::var_os(CA_BUNDLE).filter(|path| !path.is_empty())?;
        Some((CA_BUNDLE, path.into()))
    });
    let Some((name, path)) = bundle else {
        return Ok(TlsContext::default());
    };
    let failed = |reason: String| format!("{name} is {}: {reason}", path.display());
    let pem = fs::read(&path).map_err(|error| failed(error.to_string()))?;
    check(&pem).map_err(failed)?;
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| chain(&error))
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
