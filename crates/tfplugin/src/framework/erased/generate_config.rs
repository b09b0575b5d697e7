//! Resources that adjust generated configurations, without their model types.

use async_trait::async_trait;

use super::ModelCodec;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    generate_config::{GenerateConfig, GenerateRequest, Generated},
    value::Value,
};

/// A resource that adjusts generated configurations, and works on values.
#[async_trait]
pub(crate) trait ErasedGenerateConfig<P>: Send + Sync {
    async fn generate_config(
        &self,
        context: &Context,
        request: GenerateRequest<Value>,
    ) -> Result<Generated<Value>, Diagnostics>;
}

/// A resource that adjusts generated configurations, with its schema at hand.
pub(crate) struct TypedGenerateConfig<R> {
    resource: R,
    codec: ModelCodec,
}

impl<R> TypedGenerateConfig<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: GenerateConfig<P>,
    {
        let codec = ModelCodec::new(resource.schema());
        Self { resource, codec }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: GenerateConfig<P>> ErasedGenerateConfig<P>
    for TypedGenerateConfig<R>
{
    async fn generate_config(
        &self,
        context: &Context,
        request: GenerateRequest<Value>,
    ) -> Result<Generated<Value>, Diagnostics> {
        let request = GenerateRequest {
            state: self.codec.model(request.state)?,
            proposed: self.codec.model(request.proposed)?,
        };
        let generated = self.resource.generate_config(context, request).await?;
        Ok(Generated {
            config: self.codec.value(&generated.config)?,
            diagnostics: generated.diagnostics,
        })
    }
}
