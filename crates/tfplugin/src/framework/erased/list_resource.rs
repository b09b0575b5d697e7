//! List resources without their model types.
//!
//! The trait is not the author's own with values in the place of models: there each object goes through the
//! conversion that the results carry, which is what is made here.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use super::{ModelCodec, identity::IdentityCodec};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    list_resource::{ListItem, ListRequest, ListResource, ListResults},
    list_sink::{ErasedListItem, ListSink},
    value::Value,
};

/// A list resource that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedListResource<P>: Send + Sync {
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn list(
        &self,
        context: &Context,
        provider: &P,
        request: ListRequest<Value>,
        sink: &mut ListSink,
    ) -> Result<(), Diagnostics>;
}

/// A list resource with all its schemas at hand.
pub(crate) struct TypedListResource<R> {
    resource: R,
    config: Arc<ModelCodec>,
    state: ModelCodec,
    identity: IdentityCodec,
}

impl<R> TypedListResource<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: ListResource<P>,
    {
        Self {
            config: Arc::new(ModelCodec::new(resource.list_schema())),
            state: ModelCodec::new(resource.schema()),
            identity: IdentityCodec::new(resource.identity_schema()),
            resource,
        }
    }

    /// The codec of the `config` block.
    pub(crate) fn codec(&self) -> Arc<ModelCodec> {
        self.config.clone()
    }

    fn erased<M: Serialize, I: Serialize>(
        &self,
        found: &ListItem<M, I>,
    ) -> Result<ErasedListItem, Diagnostics> {
        let resource = found.resource.as_ref();
        Ok(ErasedListItem {
            identity: Some(self.identity.value(&found.identity)?),
            display_name: found.display_name.clone(),
            resource: resource.map(|model| self.state.value(model)).transpose()?,
            diagnostics: found.diagnostics.clone(),
        })
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: ListResource<P>> ErasedListResource<P> for TypedListResource<R>
where
    R::Model: Serialize,
{
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.config.model(config) {
            Ok(config) => self.resource.validate_list(context, config).await,
            Err(errors) => errors,
        }
    }

    async fn list(
        &self,
        context: &Context,
        provider: &P,
        request: ListRequest<Value>,
        sink: &mut ListSink,
    ) -> Result<(), Diagnostics> {
        let request = ListRequest {
            config: self.config.model(request.config)?,
            include_resource: request.include_resource,
            limit: request.limit,
        };
        let convert = |found: ListItem<R::Model, R::Identity>| {
            self.erased(&found).unwrap_or_else(ErasedListItem::from)
        };
        let mut results = ListResults {
            sink,
            convert: &convert,
        };
        self.resource
            .list(context, provider, request, &mut results)
            .await
    }
}
