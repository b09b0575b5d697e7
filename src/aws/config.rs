//! How AWS is reached: what the practitioner configures, and where the rest comes from.
//!
//! Arguments come first, then the environment, then the shared files, as users of hashicorp/aws and
//! of the AWS CLI expect.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html>

mod found_credentials;

use std::{borrow::Cow, path::PathBuf, sync::Arc, time::Duration};

#[allow(
    deprecated,
    reason = "the new name is in a crate that nothing else here needs"
)]
use aws_config::profile::profile_file::ProfileFiles;
use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig,
    imds::region::ImdsRegionProvider,
    meta::region::RegionProviderChain,
    profile::{load, region::ProfileFileRegionProvider},
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sdk_rds::config::IdentityCache;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use self::found_credentials::FoundCredentials;
use super::{
    Accounts, AssumeRole, AssumeRoleWithWebIdentity, Endpoints, Error, Proxies,
    assume_role::{RoleProvider, WebIdentityProvider},
    clock::Clock,
    credential_process::CredentialProcess,
    credentials::{self, CachedCredentials},
    error::Cause,
    http, services,
    shared_files::profile_files,
};
use crate::secret::Secret;

/// Attempts at one call, unless configured: what users of hashicorp/aws have.
const MAX_ATTEMPTS: u32 = 25;
/// The SDK's own number of attempts, where nobody configured one.
const SDK_MAX_ATTEMPTS: u32 = 3;
/// How long one attempt at a call may take: none of those made here takes seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an answer may take to begin: less, since such a failure names the endpoint.
const READ_TIMEOUT: Duration = Duration::from_secs(55);

/// What the practitioner configures. Absent values come from the environment and the shared files.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// AWS Region. Else `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, the instance's.
    pub region: Option<String>,
    /// Profile of the shared files. Its credentials then win over those of the environment. Else
    /// `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `default`.
    pub profile: Option<String>,
    /// Access key ID. Else `AWS_ACCESS_KEY_ID`, then the profile's.
    pub access_key: Option<String>,
    /// Secret access key. Else `AWS_SECRET_ACCESS_KEY`, then the profile's.
    pub secret_key: Option<Secret>,
    /// Session token. Else `AWS_SESSION_TOKEN`, then the profile's.
    pub token: Option<Secret>,
    /// Shared configuration files; `~` is the home folder. Else `AWS_CONFIG_FILE`, `~/.aws/config`.
    pub shared_config_files: Option<Vec<PathBuf>>,
    /// Shared credentials files; `~` is the home folder. Else `AWS_SHARED_CREDENTIALS_FILE`,
    /// `~/.aws/credentials`.
    pub shared_credentials_files: Option<Vec<PathBuf>>,
    /// URLs in place of those of AWS.
    pub endpoints: Endpoints,
    /// Attempts at one call at most. Else `AWS_MAX_ATTEMPTS`, the profile's `max_attempts`, 25.
    pub max_retries: Option<u32>,
    /// Whether the credentials are used without a check.
    pub skip_credentials_validation: bool,
    /// Roles to assume one after the other, the first one with the credentials that are found.
    pub assume_role: Vec<AssumeRole>,
    /// The role whose credentials take the place of all others.
    pub assume_role_with_web_identity: Option<AssumeRoleWithWebIdentity>,
    /// The accounts that may be worked in.
    pub accounts: Accounts,
    /// File with the certificates to trust in place of the platform's; `~` is the home folder. Else
    /// `AWS_CA_BUNDLE`.
    pub custom_ca_bundle: Option<PathBuf>,
    /// The proxies of calls to AWS.
    pub proxies: Proxies,
    /// Whether FIPS endpoints are used, except for services with a URL of their own. Else
    /// `AWS_USE_FIPS_ENDPOINT`, the profile's `use_fips_endpoint`.
    pub use_fips_endpoint: Option<bool>,
    /// Whether endpoints for IPv4 and IPv6 are used, except as above. Else
    /// `AWS_USE_DUALSTACK_ENDPOINT`, the profile's `use_dualstack_endpoint`.
    pub use_dualstack_endpoint: Option<bool>,
}

/// A configuration with everything that the environment and the files add.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) sdk: SdkConfig,
    pub(super) region: String,
    pub(super) credentials: Arc<CachedCredentials>,
    pub(super) max_attempts: u32,
}

impl Config {
    /// Reads the environment and the files; the clock looks at the answers of STS. Credentials are looked for later, when they are needed.
    pub(super) async fn resolve(&self, clock: &Clock) -> Result<Resolved, Error> {
        let failed = |cause| Error::new("aws:Configure", "the provider", cause);
        for (name, url) in self.endpoints.given() {
            if !is_http_url(url) {
                return Err(failed(Cause::Configuration(format!(
                    "the endpoint {name} is {url:?}, which is not a URL such as https://HOST:PORT"
                ))));
            }
        }
        let http = http::client(self.custom_ca_bundle.as_deref(), &self.proxies)
            .map_err(|reason| failed(Cause::Configuration(reason)))?;
        let sdk = self.loader(&http).load().await;
        let region = sdk
            .region()
            .cloned()
            .ok_or_else(|| failed(Cause::NoRegion))?;
        let found = match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => SharedCredentialsProvider::new(Credentials::new(
                key,
                secret.expose(),
                self.token.as_ref().map(|token| token.expose().to_owned()),
                None,
                "provider configuration",
            )),
            (None, None) => SharedCredentialsProvider::new(FoundCredentials::new(
                self.clone(),
                http,
                sdk.clone(),
                clock.clone(),
            )),
            _ => {
                return Err(failed(Cause::Credentials(
                    "access_key and secret_key must be set together".to_owned(),
                )));
            }
        };
        let place = match self.credential_process().await {
            Some((process, _)) => process.to_string(),
            None => self.credentials_place(),
        };
        let found = Arc::new(CachedCredentials::new(found, place));
        let credentials = self.assumed(&sdk, clock, found);
        Ok(Resolved {
            max_attempts: self.max_attempts(&sdk),
            region: region.to_string(),
            sdk: sdk
                .into_builder()
                .credentials_provider(shared(&credentials))
                .build(),
            credentials,
        })
    }

    /// What the SDK reads the environment and the files with.
    fn loader(&self, http: &SharedHttpClient) -> ConfigLoader {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .identity_cache(
                IdentityCache::lazy()
                    .load_timeout(credentials::LIMIT)
                    .build(),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .read_timeout(READ_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            );
        let profile = self.profile_name();
        let files = self.profile_files();
        loader = match self.configured_region() {
            Some(region) => loader.region(Region::new(region)),
            None => loader.region(region_of_profile(profile.as_deref(), files.clone())),
        };
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(files) = files {
            loader = loader.profile_files(files);
        }
        if let Some(fips) = self.use_fips_endpoint {
            loader = loader.use_fips(fips);
        }
        if let Some(dual_stack) = self.use_dualstack_endpoint {
            loader = loader.use_dual_stack(dual_stack);
        }
        loader
    }

    /// The profile that is named, by the provider block or for older tools.
    fn profile_name(&self) -> Option<String> {
        self.profile.clone().or_else(default_profile)
    }

    #[allow(deprecated, reason = "as the import of the type")]
    fn profile_files(&self) -> Option<ProfileFiles> {
        profile_files(
            self.shared_config_files.as_deref(),
            self.shared_credentials_files.as_deref(),
        )
    }

    /// The program that credentials come from, where it is one, and the roles of its profile.
    #[allow(deprecated, reason = "as the import of the type")]
    async fn credential_process(&self) -> Option<(CredentialProcess, Vec<AssumeRole>)> {
        let is_secret = || {
            ["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"]
                .iter()
                .any(|name| variable(name).is_some())
        };
        let is_keys = variable("AWS_ACCESS_KEY_ID").is_some() && is_secret();
        if self.access_key.is_some() || (self.profile.is_none() && is_keys) {
            return None;
        }
        let files = self.profile_files().unwrap_or_default();
        let selected = self.profile_name().map(Cow::Owned);
        // What is wrong with the files, the SDK says.
        let profiles = load(&Fs::real(), &Env::real(), &files, selected)
            .await
            .ok()?;
        CredentialProcess::find(&profiles, profiles.selected_profile())
    }

    /// The credentials of the last role to assume; without roles those that were found.
    fn assumed(
        &self,
        sdk: &SdkConfig,
        clock: &Clock,
        found: Arc<CachedCredentials>,
    ) -> Arc<CachedCredentials> {
        let sts = || services::sts(sdk, clock, &self.endpoints);
        let first = match &self.assume_role_with_web_identity {
            Some(role) => {
                let provider = WebIdentityProvider::new(sts(), role.clone());
                let provider = SharedCredentialsProvider::new(provider);
                Arc::new(CachedCredentials::new(provider, "AWS STS".to_owned()))
            }
            None => found,
        };
        self.assume_role
            .iter()
            .cloned()
            .fold(first, |base, role| of_role(sts(), base, role))
    }

    /// The Region of the provider block or of the environment; an empty text names none, where the
    /// SDK would take it for one.
    pub(super) fn configured_region(&self) -> Option<String> {
        let given = self.region.clone().filter(|region| !region.is_empty());
        given
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
    }

    /// Where credentials are looked for, for a message.
    fn credentials_place(&self) -> String {
        match &self.profile {
            Some(profile) => format!("the profile {profile:?} of the shared files"),
            None => "the provider's arguments, the environment, the profile of the shared files and the \
                     metadata of a container or an instance"
                .to_owned(),
        }
    }

    /// Attempts at one call at most, at least one.
    fn max_attempts(&self, sdk: &SdkConfig) -> u32 {
        let of_the_profile = || {
            sdk.retry_config()
                .map(|retry| retry.max_attempts())
                .filter(|attempts| *attempts != SDK_MAX_ATTEMPTS)
        };
        self.max_retries
            .or_else(|| variable("AWS_MAX_ATTEMPTS")?.parse().ok())
            .or_else(of_the_profile)
            .unwrap_or(MAX_ATTEMPTS)
            .max(1)
    }
}

/// Whether a text is an `http` or `https` URL with a host; the SDK would say so only at the call.
fn is_http_url(text: &str) -> bool {
    ["http://", "https://"]
        .into_iter()
        .filter_map(|scheme| text.strip_prefix(scheme))
        .any(|rest| {
            !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(char::is_whitespace)
        })
}

/// The profile that older tools read where `AWS_PROFILE` is not set.
fn default_profile() -> Option<String> {
    match variable("AWS_PROFILE") {
        Some(_) => None,
        None => variable("AWS_DEFAULT_PROFILE"),
    }
}

/// The Region of the profile, else of the instance that this runs on.
#[allow(deprecated, reason = "as the import of the type")]
fn region_of_profile(profile: Option<&str>, files: Option<ProfileFiles>) -> RegionProviderChain {
    let mut builder = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        builder = builder.profile_name(profile);
    }
    if let Some(files) = files {
        builder = builder.profile_files(files);
    }
    RegionProviderChain::first_try(builder.build()).or_else(ImdsRegionProvider::builder().build())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The credentials of a role that others may assume, kept.
fn of_role(
    sts: aws_sdk_sts::config::Builder,
    base: Arc<CachedCredentials>,
    role: AssumeRole,
) -> Arc<CachedCredentials> {
    let place = format!("the role {} by {}", role.role_arn, base.place());
    let provider = RoleProvider::new(sts, shared(&base), role);
    Arc::new(CachedCredentials::new(
        SharedCredentialsProvider::new(provider),
        place,
    ))
}

/// In the form that the SDK takes.
fn shared(credentials: &Arc<CachedCredentials>) -> SharedCredentialsProvider {
    let provider: Arc<dyn ProvideCredentials> = credentials.clone();
    SharedCredentialsProvider::from(provider)
}

#[cfg(test)]
mod tests;
