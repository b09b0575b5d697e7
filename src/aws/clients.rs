//! The clients of the AWS services: made without contacting anything, resolved at the first use.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::retry::RetryConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use tokio::sync::OnceCell;

use super::{
    Config, Error, Scope,
    config::Resolved,
    error::{Cause, chain},
    limits,
    rds::cache::Cache,
    sts::{self, CallerIdentity},
};

/// The clients of AWS. Making them contacts nothing, reads no file and starts no process.
#[derive(Debug)]
pub struct Clients {
    config: Config,
    connected: OnceCell<Connected>,
    /// Whose credentials these are; or why AWS does not accept them, which no second call mends.
    identity: OnceCell<Result<CallerIdentity, Error>>,
    calls: AtomicU64,
    cache: Cache,
}

/// The clients once the configuration is resolved.
#[derive(Debug)]
struct Connected {
    resolved: Resolved,
    rds: aws_sdk_rds::Client,
    sts: aws_sdk_sts::Client,
    secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients for the given configuration.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            connected: OnceCell::new(),
            identity: OnceCell::new(),
            calls: AtomicU64::new(0),
            cache: Cache::default(),
        }
    }

    /// Where the clients look, for a message: Region and account, as far as they are known.
    pub fn place(&self) -> String {
        let region = match (self.connected.get(), &self.config.region) {
            (Some(connected), _) => format!("the Region {}", connected.resolved.region),
            (None, Some(region)) => format!("the Region {region}"),
            (None, None) => "the configured Region".to_owned(),
        };
        match self.identity.get() {
            Some(Ok(identity)) => format!("{region} of the account {}", identity.account),
            _ => region,
        }
    }

    /// The Region.
    ///
    /// # Errors
    /// When none is configured.
    pub async fn region(&self) -> Result<&str, Error> {
        Ok(&self.connected().await?.resolved.region)
    }

    /// Whose credentials these are; asked once.
    ///
    /// # Errors
    /// When there are no credentials, or AWS does not accept them.
    pub async fn identity(&self, scope: &Scope) -> Result<&CallerIdentity, Error> {
        let identity = self
            .identity
            .get_or_try_init(|| async {
                match sts::get_caller_identity(self, scope).await {
                    Err(error) if !error.is_credentials() => Err(error),
                    settled => Ok(settled),
                }
            })
            .await?;
        identity.as_ref().map_err(Clone::clone)
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call; its number.
    pub(super) fn count_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Attempts at one call at most, at least one.
    pub(super) fn max_attempts(&self) -> u32 {
        self.connected
            .get()
            .map_or(1, |connected| connected.resolved.max_attempts)
    }

    /// Clusters seen a moment ago.
    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The RDS client, with checked credentials.
    pub(super) async fn rds(&self, scope: &Scope) -> Result<&aws_sdk_rds::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.connected().await?.rds)
    }

    /// The Secrets Manager client, with checked credentials.
    pub(super) async fn secrets_manager(
        &self,
        scope: &Scope,
    ) -> Result<&aws_sdk_secretsmanager::Client, Error> {
        self.check_credentials(scope).await?;
        Ok(&self.connected().await?.secrets_manager)
    }

    /// The STS client.
    pub(super) async fn sts(&self) -> Result<&aws_sdk_sts::Client, Error> {
        Ok(&self.connected().await?.sts)
    }

    /// Credentials to sign with, which last for a while.
    pub(super) async fn credentials(
        &self,
        scope: &Scope,
        action: &'static str,
        object: &str,
    ) -> Result<Credentials, Error> {
        let provider = &self.connected().await?.resolved.credentials;
        limits::limit(scope, provider.provide_credentials())
            .await
            .and_then(|given| given.map_err(|error| Cause::Credentials(chain(&error))))
            .map_err(|cause| Error::new(action, object, cause))
    }

    /// Asks AWS once whether it accepts the credentials, so that a wrong key is one clear error.
    async fn check_credentials(&self, scope: &Scope) -> Result<(), Error> {
        if self.config.skip_credentials_validation {
            return Ok(());
        }
        match self.identity(scope).await {
            // A policy may deny even this; what the credentials are for says more.
            Err(error) if error.is_access_denied() => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    async fn connected(&self) -> Result<&Connected, Error> {
        self.connected.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Connected, Error> {
        let resolved = self.config.resolve().await?;
        let endpoints = &self.config.endpoints;
        // Calls are tried again within the operation's own limits; see `call`.
        let retries = RetryConfig::disabled();
        let mut rds =
            aws_sdk_rds::config::Builder::from(&resolved.sdk).retry_config(retries.clone());
        if let Some(url) = &endpoints.rds {
            rds = rds.endpoint_url(url);
        }
        let mut sts =
            aws_sdk_sts::config::Builder::from(&resolved.sdk).retry_config(retries.clone());
        if let Some(url) = &endpoints.sts {
            sts = sts.endpoint_url(url);
        }
        let mut secrets_manager =
            aws_sdk_secretsmanager::config::Builder::from(&resolved.sdk).retry_config(retries);
        if let Some(url) = &endpoints.secretsmanager {
            secrets_manager = secrets_manager.endpoint_url(url);
        }
        Ok(Connected {
            rds: aws_sdk_rds::Client::from_conf(rds.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(secrets_manager.build()),
            resolved,
        })
    }
}
