//! The credentials that the environment and the shared files lead to.
//!
//! They are looked for anew each time: the providers of the SDK keep the files as they first read them, and
//! that they could not.

use std::sync::Arc;

use aws_config::{
    SdkConfig, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::{
    self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{Config, of_role, shared};
use crate::aws::{clock::Clock, credentials::CachedCredentials, services};

/// Whatever credentials there are now.
#[derive(Debug)]
pub(super) struct FoundCredentials {
    config: Config,
    http: SharedHttpClient,
    sdk: SdkConfig,
    clock: Clock,
}

impl FoundCredentials {
    /// What a configuration leads to, in the Region of the SDK's.
    pub(super) fn new(
        config: Config,
        http: SharedHttpClient,
        sdk: SdkConfig,
        clock: Clock,
    ) -> Self {
        Self {
            config,
            http,
            sdk,
            clock,
        }
    }

    async fn credentials(&self) -> provider::Result {
        let provider = match self.of_process().await {
            Some(provider) => provider,
            None => self.of_sdk().await.ok_or_else(|| {
                CredentialsError::not_loaded("there is nowhere to look for them".to_owned())
            })?,
        };
        provider.provide_credentials().await
    }

    /// Those of the program of a profile, and of the roles that are assumed with them.
    async fn of_process(&self) -> Option<SharedCredentialsProvider> {
        let (process, roles) = self.config.credential_process().await?;
        let place = process.to_string();
        let process = SharedCredentialsProvider::new(process);
        let process = Arc::new(CachedCredentials::new(process, place));
        let sts = || services::sts(&self.sdk, &self.clock, &self.config.endpoints);
        let last = roles
            .into_iter()
            .fold(process, |base, role| of_role(sts(), base, role));
        Some(shared(&last))
    }

    /// Those of the profile that is configured, for which the default chain would let those of the
    /// environment win; else those of that chain.
    async fn of_sdk(&self) -> Option<SharedCredentialsProvider> {
        let region = self.sdk.region().cloned();
        let Some(profile) = &self.config.profile else {
            let loader = self.config.loader(&self.http).region(region);
            return loader.load().await.credentials_provider();
        };
        let context = ProviderConfig::without_region()
            .with_region(region)
            .with_http_client(self.http.clone());
        let mut builder = ProfileFileCredentialsProvider::builder()
            .configure(&context)
            .profile_name(profile);
        if let Some(files) = self.config.profile_files() {
            builder = builder.profile_files(files);
        }
        Some(SharedCredentialsProvider::new(builder.build()))
    }
}

impl ProvideCredentials for FoundCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
