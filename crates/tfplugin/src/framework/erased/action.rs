//! Actions without their model types.

use async_trait::async_trait;

use super::ModelCodec;
use crate::{
    action::{Action, Progress},
    context::Context,
    diagnostic::Diagnostics,
    schema::Schema,
    value::{Type, Value},
};

/// An action that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedAction<P>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn object_type(&self) -> &Type;
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn plan(&self, context: &Context, provider: &P, config: Value) -> Diagnostics;
    async fn invoke(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics>;
}

/// An action with its schema at hand.
pub(crate) struct TypedAction<A> {
    action: A,
    codec: ModelCodec,
}

impl<A> TypedAction<A> {
    pub(crate) fn new<P>(action: A) -> Self
    where
        P: Send + Sync + 'static,
        A: Action<P>,
    {
        let codec = ModelCodec::new(action.schema());
        Self { action, codec }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, A: Action<P>> ErasedAction<P> for TypedAction<A> {
    fn schema(&self) -> &Schema {
        &self.codec.schema
    }

    fn object_type(&self) -> &Type {
        &self.codec.r#type
    }

    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.action.validate(context, config).await,
            Err(errors) => errors,
        }
    }

    async fn plan(&self, context: &Context, provider: &P, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.action.plan(context, provider, config).await,
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
        self.action
            .invoke(context, provider, config, progress)
            .await
    }
}
