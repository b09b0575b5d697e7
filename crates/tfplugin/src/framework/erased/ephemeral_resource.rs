//! An ephemeral resource that works on values; the author's is behind it.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::Typed;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    ephemeral_resource::{EphemeralResource, Opened, Renewed},
    private::Private,
    schema::Schema,
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, E: EphemeralResource<P>> EphemeralResource<P> for Typed<E>
where
    E::Model: Serialize + DeserializeOwned,
{
    type Model = Value;

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

    async fn open(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
    ) -> Result<Opened<Value>, Diagnostics> {
        let config = self.codec.model(config)?;
        let opened = self.inner.open(context, provider, config).await?;
        let mut diagnostics = opened.diagnostics;
        // It is open although its result cannot be told; whoever closes it needs its private data.
        let result = self.codec.value(&opened.result).unwrap_or_else(|errors| {
            diagnostics.extend(errors);
            Value::Null
        });
        Ok(Opened {
            result,
            renew_at: opened.renew_at,
            private: opened.private,
            diagnostics,
        })
    }

    async fn renew(
        &self,
        context: &Context,
        provider: &P,
        private: &Private,
    ) -> Result<Renewed, Diagnostics> {
        self.inner.renew(context, provider, private).await
    }

    async fn close(
        &self,
        context: &Context,
        provider: &P,
        private: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        self.inner.close(context, provider, private).await
    }
}
