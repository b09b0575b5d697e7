//! An action that works on values; the author's is behind it.

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::Typed;
use crate::{
    action::{Action, Progress},
    context::Context,
    diagnostic::Diagnostics,
    schema::Schema,
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, A: Action<P>> Action<P> for Typed<A>
where
    A::Config: DeserializeOwned,
{
    type Config = Value;

    fn type_name(&self) -> &'static str {
        self.inner.type_name()
    }

    fn schema(&self) -> Schema {
        self.codec.schema.clone()
    }

    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.inner.validate(context, config).await,
            Err(errors) => errors,
        }
    }

    async fn plan(&self, context: &Context, provider: &P, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.inner.plan(context, provider, config).await,
            Err(errors) => errors,
        }
    }

    async fn invoke(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        let config = self.codec.model(config)?;
        self.inner.invoke(context, provider, config, progress).await
    }
}
