//! How AWS is reached: configured without contacting anything, resolved at the first use.

use std::path::PathBuf;

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    profile::profile_file::{ProfileFileKind, ProfileFiles},
    retry::RetryConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use tokio::sync::OnceCell;

use super::{
    Error, Scope,
    error::Cause,
    rds::cache::Cache,
    sts::{self, CallerIdentity},
};
use crate::secret::Secret;

/// Attempts at one call, unless configured: what users of hashicorp/aws have.
const MAX_ATTEMPTS: u32 = 25;

/// What the practitioner configures. Absent values come from the environment and the shared files,
/// as the AWS SDKs read them.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html>
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// AWS Region.
    pub region: Option<String>,
    /// Profile of the shared files.
    pub profile: Option<String>,
    /// Access key ID.
    pub access_key: Option<String>,
    /// Secret access key.
    pub secret_key: Option<Secret>,
    /// Session token.
    pub token: Option<Secret>,
    /// Shared configuration files.
    pub shared_config_files: Option<Vec<PathBuf>>,
    /// Shared credentials files.
    pub shared_credentials_files: Option<Vec<PathBuf>>,
    /// URLs in place of those of AWS.
    pub endpoints: Endpoints,
    /// Attempts at one call at most.
    pub max_retries: Option<u32>,
    /// Whether the credentials are used without a check.
    pub skip_credentials_validation: bool,
}

/// URLs in place of those of AWS.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// Amazon RDS.
    pub rds: Option<String>,
    /// AWS STS.
    pub sts: Option<String>,
    /// AWS Secrets Manager.
    pub secretsmanager: Option<String>,
}

/// The clients of AWS. Making them contacts nothing.
#[derive(Debug)]
pub struct Clients {
    config: Config,
    resolved: OnceCell<Resolved>,
    identity: OnceCell<CallerIdentity>,
    pub(super) cache: Cache,
}

/// The clients once the configuration is resolved.
#[derive(Debug)]
struct Resolved {
    sdk: SdkConfig,
    region: String,
    rds: aws_sdk_rds::Client,
    sts: aws_sdk_sts::Client,
    secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients for the given configuration.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            resolved: OnceCell::new(),
            identity: OnceCell::new(),
            cache: Cache::default(),
        }
    }

    /// Where the clients look, for a message: the Region, as far as it is known.
    pub fn place(&self) -> String {
        match self.resolved.get() {
            Some(resolved) => format!("the Region {}", resolved.region),
            None => "the configured Region".to_owned(),
        }
    }

    /// Attempts at one call at most.
    pub(super) fn max_attempts(&self) -> u32 {
        self.config
            .max_retries
            .or_else(|| variable("AWS_MAX_ATTEMPTS")?.parse().ok())
            .unwrap_or(MAX_ATTEMPTS)
            .max(1)
    }

    /// The Region.
    ///
    /// # Errors
    /// When none is configured.
    pub async fn region(&self) -> Result<&str, Error> {
        Ok(&self.resolve().await?.region)
    }

    /// What the token signer needs.
    pub(super) async fn sdk(&self) -> Result<&SdkConfig, Error> {
        Ok(&self.resolve().await?.sdk)
    }

    /// The RDS client, with checked credentials.
    pub(super) async fn rds(&self, scope: &Scope) -> Result<&aws_sdk_rds::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.resolve().await?.rds)
    }

    /// The Secrets Manager client, with checked credentials.
    pub(super) async fn secrets_manager(
        &self,
        scope: &Scope,
    ) -> Result<&aws_sdk_secretsmanager::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.resolve().await?.secrets_manager)
    }

    /// The STS client.
    pub(super) async fn sts(&self) -> Result<&aws_sdk_sts::Client, Error> {
        Ok(&self.resolve().await?.sts)
    }

    /// Who the credentials belong to; asked once.
    ///
    /// # Errors
    /// When the credentials are not accepted.
    pub async fn identity(&self, scope: &Scope) -> Result<&CallerIdentity, Error> {
        self.identity
            .get_or_try_init(|| sts::get_caller_identity(self, scope))
            .await
    }

    async fn check_credentials(&self, scope: &Scope) -> Result<(), Error> {
        if !self.config.skip_credentials_validation {
            self.identity(scope).await?;
        }
        Ok(())
    }

    async fn resolve(&self) -> Result<&Resolved, Error> {
        self.resolved.get_or_try_init(|| self.load()).await
    }

    async fn load(&self) -> Result<Resolved, Error> {
        let config = &self.config;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            // Calls are tried again within the operation's own limits; see `call`.
            .retry_config(RetryConfig::disabled());
        if let Some(region) = &config.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = config.profile.clone().or_else(default_profile) {
            loader = loader.profile_name(profile);
        }
        if let Some(files) = self.profile_files() {
            loader = loader.profile_files(files);
        }
        if let (Some(key), Some(secret)) = (&config.access_key, &config.secret_key) {
            let credentials = Credentials::new(
                key,
                secret.expose(),
                config.token.as_ref().map(|token| token.expose().to_owned()),
                None,
                "provider configuration",
            );
            loader = loader.credentials_provider(SharedCredentialsProvider::new(credentials));
        }
        let sdk = loader.load().await;
        let region = sdk
            .region()
            .map(ToString::to_string)
            .ok_or_else(|| Error::new("aws:Configure", "the provider", Cause::NoRegion))?;
        let rds = aws_sdk_rds::config::Builder::from(&sdk);
        let sts = aws_sdk_sts::config::Builder::from(&sdk);
        let secrets_manager = aws_sdk_secretsmanager::config::Builder::from(&sdk);
        let endpoints = &config.endpoints;
        Ok(Resolved {
            rds: aws_sdk_rds::Client::from_conf(match &endpoints.rds {
                Some(url) => rds.endpoint_url(url).build(),
                None => rds.build(),
            }),
            sts: aws_sdk_sts::Client::from_conf(match &endpoints.sts {
                Some(url) => sts.endpoint_url(url).build(),
                None => sts.build(),
            }),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(
                match &endpoints.secretsmanager {
                    Some(url) => secrets_manager.endpoint_url(url).build(),
                    None => secrets_manager.build(),
                },
            ),
            region,
            sdk,
        })
    }

    /// The shared files, when the configuration names any.
    fn profile_files(&self) -> Option<ProfileFiles> {
        let config = &self.config;
        if config.shared_config_files.is_none() && config.shared_credentials_files.is_none() {
            return None;
        }
        let mut files = ProfileFiles::builder();
        files = match &config.shared_config_files {
            None => files.include_default_config_file(true),
            Some(paths) => paths
                .iter()
                .fold(files, |files, path| {
                    files.with_file(ProfileFileKind::Config, expand_home(path))
                }),
        };
        files = match &config.shared_credentials_files {
            None => files.include_default_credentials_file(true),
            Some(paths) => paths
                .iter()
                .fold(files, |files, path| {
                    files.with_file(ProfileFileKind::Credentials, expand_home(path))
                }),
        };
        Some(files.build())
    }
}

/// The profile that older tools read where `AWS_PROFILE` is not set.
fn default_profile() -> Option<String> {
    match variable("AWS_PROFILE") {
        Some(_) => None,
        None => variable("AWS_DEFAULT_PROFILE"),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The path with `~` at its start replaced by the home folder.
fn expand_home(path: &std::path::Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
