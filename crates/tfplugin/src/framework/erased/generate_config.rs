//! Resources that adjust generated configurations, without their model types.

use async_trait::async_trait;

use super::Form;
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
    form: Form,
}

impl<R> TypedGenerateConfig<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: GenerateConfig<P>,
    {
        let form = Form::new(resource.schema());
        Self { resource, form }
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
            state: self.form.model(request.state)?,
            proposed: self.form.model(request.proposed)?,
        };
        let generated = self.resource.generate_config(context, request).await?;
        Ok(Generated {
            config: self.form.value(&generated.config)?,
            diagnostics: generated.diagnostics,
        })
    }
}
