//! An ability of a managed resource: to say how its state is written as a configuration.

use async_trait::async_trait;

use crate::{context::Context, diagnostic::Diagnostics, resource::Resource, response::reporting};

/// A resource that adjusts the configuration that is generated for what was imported.
///
/// Every resource gets one that follows from its schema. Implement this where that is not what a
/// practitioner would write, such as where one of two attributes has to be chosen. Needs Terraform
/// 1.14; older versions and OpenTofu generate configurations by themselves.
#[async_trait]
pub trait GenerateConfig<P: Send + Sync + 'static>: Resource<P> {
    /// Makes the configuration of a state. The provider may not be configured.
    ///
    /// What only the provider can set becomes null in it.
    async fn generate_config(
        &self,
        context: &Context,
        request: GenerateRequest<Self::Model>,
    ) -> Result<Generated<Self::Model>, Diagnostics>;
}

/// A state to be written as a configuration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GenerateRequest<M> {
    /// The state; wholly known.
    pub state: M,
    /// What follows from the schema: the state without values that only the provider sets, without
    /// what is deprecated, without empty texts that could be left out, and without an `id` that
    /// the provider would set.
    pub proposed: M,
}

/// A generated configuration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated<M> {
    /// The configuration.
    pub config: M,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl<M> Generated<M> {
    /// A configuration, without warnings.
    pub fn new(config: M) -> Self {
        Self {
            config,
            diagnostics: Diagnostics::new(),
        }
    }

    reporting!();
}
