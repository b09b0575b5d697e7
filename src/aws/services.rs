//! The configurations of the AWS services' clients, with their endpoints.

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_types::service_config::ServiceConfigKey;

use super::clock::Clock;

/// URLs in place of those of AWS. Else `AWS_ENDPOINT_URL_RDS` and its like, `AWS_ENDPOINT_URL`, the
/// profile's `services` and `endpoint_url`, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is set.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// Amazon RDS.
    pub rds: Option<String>,
    /// AWS STS.
    pub sts: Option<String>,
    /// AWS Secrets Manager.
    pub secretsmanager: Option<String>,
}

impl Endpoints {
    /// Those that are given, by the name of the service.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("rds", &self.rds),
            ("sts", &self.sts),
            ("secretsmanager", &self.secretsmanager),
        ]
        .into_iter()
        .filter_map(|(name, url)| Some((name, url.as_deref()?)))
    }
}

/// A client's configuration from the shared one: the endpoint that is given, the clock that looks at its
/// answers, and no retries, since [`super::call`] tries again within the operation's own limits.
macro_rules! builder {
    ($service:ident, $sdk:expr, $clock:expr, $url:expr, $id:literal) => {{
        let sdk = plain_where_custom($sdk, $url, $id);
        let mut builder = $service::config::Builder::from(&sdk)
            .retry_config(RetryConfig::disabled())
            .interceptor($clock.clone());
        if let Some(url) = $url {
            builder = builder.endpoint_url(url);
        }
        builder
    }};
}

/// Amazon RDS.
pub(super) fn rds(
    sdk: &SdkConfig,
    clock: &Clock,
    endpoints: &Endpoints,
) -> aws_sdk_rds::config::Builder {
    builder!(aws_sdk_rds, sdk, clock, &endpoints.rds, "RDS")
}

/// AWS STS.
pub(super) fn sts(
    sdk: &SdkConfig,
    clock: &Clock,
    endpoints: &Endpoints,
) -> aws_sdk_sts::config::Builder {
    builder!(aws_sdk_sts, sdk, clock, &endpoints.sts, "STS")
}

/// AWS Secrets Manager.
pub(super) fn secrets_manager(
    sdk: &SdkConfig,
    clock: &Clock,
    endpoints: &Endpoints,
) -> aws_sdk_secretsmanager::config::Builder {
    builder!(
        aws_sdk_secretsmanager,
        sdk,
        clock,
        &endpoints.secretsmanager,
        "Secrets Manager"
    )
}

/// The configuration without FIPS and dual-stack endpoints where the service has an endpoint of its
/// own: the SDK refuses both together, and users of hashicorp/aws mean the service's own then.
fn plain_where_custom(sdk: &SdkConfig, url: &Option<String>, service_id: &str) -> SdkConfig {
    let is_custom = url.is_some() || configured_url(sdk, service_id).is_some();
    let builder = sdk.to_builder();
    match is_custom {
        true => builder.use_fips(false).use_dual_stack(false).build(),
        false => builder.build(),
    }
}

/// The URL that the environment or the shared files have for a service, or for all.
fn configured_url(sdk: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_the_service = sdk.service_config().and_then(|all| all.load_config(key));
    of_the_service.or_else(|| sdk.endpoint_url().map(str::to_owned))
}
