//! A resource that adjusts generated configurations, and works on values.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::Typed;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    generate_config::{GenerateConfig, GenerateRequest, Generated},
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, R: GenerateConfig<P>> GenerateConfig<P> for Typed<R>
where
    R::Model: Serialize + DeserializeOwned,
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
        let generated = self.inner.generate_config(context, request).await?;
        Ok(Generated {
            config: self.codec.value(&generated.config)?,
            diagnostics: generated.diagnostics,
        })
    }
}
