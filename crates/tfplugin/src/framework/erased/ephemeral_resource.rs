//! Ephemeral resources without their model types.

use async_trait::async_trait;

use super::ModelCodec;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    ephemeral_resource::{EphemeralResource, Opened, Renewed},
    private::Private,
    schema::Schema,
    value::{Type, Value},
};

/// An ephemeral resource that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedEphemeralResource<P>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn object_type(&self) -> &Type;
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn open(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
    ) -> Result<Opened<Value>, Diagnostics>;
    async fn renew(
        &self,
        context: &Context,
        provider: &P,
        private: &Private,
    ) -> Result<Renewed, Diagnostics>;
    async fn close(
        &self,
        context: &Context,
        provider: &P,
        private: &Private,
    ) -> Result<Diagnostics, Diagnostics>;
}

/// An ephemeral resource with its schema at hand.
pub(crate) struct TypedEphemeralResource<E> {
    resource: E,
    codec: ModelCodec,
}

impl<E> TypedEphemeralResource<E> {
    pub(crate) fn new<P>(resource: E) -> Self
    where
        P: Send + Sync + 'static,
        E: EphemeralResource<P>,
    {
        let codec = ModelCodec::new(resource.schema());
        Self { resource, codec }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, E: EphemeralResource<P>> ErasedEphemeralResource<P>
    for TypedEphemeralResource<E>
{
    fn schema(&self) -> &Schema {
        &self.codec.schema
    }

    fn object_type(&self) -> &Type {
        &self.codec.r#type
    }

    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.resource.validate(context, config).await,
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
        let opened = self.resource.open(context, provider, config).await?;
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
        self.resource.renew(context, provider, private).await
    }

    async fn close(
        &self,
        context: &Context,
        provider: &P,
        private: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        self.resource.close(context, provider, private).await
    }
}
