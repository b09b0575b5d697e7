//! What a provider is to its author: a schema, a way to configure it, and lists.

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::{context::Context, diagnostic::Diagnostics, registry::Registry, schema::Schema};

/// A provider.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The typed form of the provider block.
    type Config: DeserializeOwned + Send + 'static;
    /// What resources and data sources get: the provider, configured.
    type Configured: Send + Sync + 'static;

    /// The local name, such as `rdsiam`.
    fn name(&self) -> &'static str;

    /// The version of the provider, such as `0.1.0`.
    fn version(&self) -> &'static str;

    /// The schema of the provider block.
    fn schema(&self) -> Schema;

    /// Checks the provider block alone; values may be unknown.
    async fn validate(&self, _context: &Context, _config: Self::Config) -> Diagnostics {
        Diagnostics::new()
    }

    /// Makes the configured provider. Values may be unknown during a plan.
    ///
    /// Called again for every provider process and, in debug mode, for every connection, which stands for one.
    /// `Err` fails the run; warnings travel in the pair.
    async fn configure(
        &self,
        context: &Context,
        request: ConfigureRequest<Self::Config>,
    ) -> Result<(Self::Configured, Diagnostics), Diagnostics>;

    /// The resources, the data sources and the functions.
    fn register(&self, registry: &mut Registry<Self::Configured>);
}

/// What the provider is configured with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfigureRequest<C> {
    /// The provider block.
    pub config: C,
    /// The version of the CLI: Terraform's, or OpenTofu's own.
    pub terraform_version: String,
}
