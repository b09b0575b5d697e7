//! List resources without their model types.

use async_trait::async_trait;

use super::{ModelCodec, identity::IdentityCodec};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    list_resource::{ListRequest, ListResource, ListResults, Listed},
    listing::{ListedObject, Listing},
    schema::Schema,
    value::{Type, Value},
};

/// A list resource that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedListResource<P>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn object_type(&self) -> &Type;
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn list(
        &self,
        context: &Context,
        provider: &P,
        request: ListRequest<Value>,
        listing: &mut Listing,
    ) -> Result<(), Diagnostics>;
}

/// A list resource with all its schemas at hand.
pub(crate) struct TypedListResource<R> {
    resource: R,
    config: ModelCodec,
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
            config: ModelCodec::new(resource.list_schema()),
            state: ModelCodec::new(resource.schema()),
            identity: IdentityCodec::new(resource.identity_schema()),
            resource,
        }
    }

    fn listed<P>(&self, found: &Listed<R::Model, R::Identity>) -> Result<ListedObject, Diagnostics>
    where
        P: Send + Sync + 'static,
        R: ListResource<P>,
    {
        let resource = found.resource.as_ref();
        Ok(ListedObject {
            identity: Some(self.identity.value(&found.identity)?),
            display_name: found.display_name.clone(),
            resource: resource.map(|model| self.state.value(model)).transpose()?,
            diagnostics: found.diagnostics.clone(),
        })
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: ListResource<P>> ErasedListResource<P> for TypedListResource<R> {
    fn schema(&self) -> &Schema {
        &self.config.schema
    }

    fn object_type(&self) -> &Type {
        &self.config.r#type
    }

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
        listing: &mut Listing,
    ) -> Result<(), Diagnostics> {
        let request = ListRequest {
            config: self.config.model(request.config)?,
            include_resource: request.include_resource,
            limit: request.limit,
        };
        let convert = |found: Listed<R::Model, R::Identity>| {
            self.listed(&found).unwrap_or_else(ListedObject::from)
        };
        let mut results = ListResults {
            listing,
            convert: &convert,
        };
        self.resource
            .list(context, provider, request, &mut results)
            .await
    }
}
