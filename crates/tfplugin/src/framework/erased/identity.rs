//! Identities without their model types.
//!
//! The trait is not the author's own with values in the place of models: there an identity and its canonical
//! spelling cannot fail, and what does not fit a schema must be told.

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::ModelCodec;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    framework::bug,
    resource::Imported,
    resource_identity::ResourceIdentity,
    schema::IdentitySchema,
    value::{Type, Value, from_value, to_value},
};

/// The identity of a resource that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedIdentity<P>: Send + Sync {
    fn schema(&self) -> &IdentitySchema;
    fn object_type(&self) -> &Type;
    fn may_change(&self, attribute: &str) -> bool;
    fn of_state(&self, provider: &P, state: Value) -> Result<Value, Diagnostics>;
    fn canonical(&self, identity: Value) -> Result<Value, Diagnostics>;
    async fn import(
        &self,
        context: &Context,
        provider: &P,
        identity: Value,
    ) -> Result<Imported<Value>, Diagnostics>;
    async fn upgrade(
        &self,
        context: &Context,
        version: i64,
        identity: serde_json::Value,
    ) -> Result<Value, Diagnostics>;
}

/// Converts models to the identities of one schema.
pub(super) struct IdentityCodec {
    schema: IdentitySchema,
    r#type: Type,
}

impl IdentityCodec {
    pub(super) fn new(schema: IdentitySchema) -> Self {
        Self {
            r#type: schema.r#type(),
            schema,
        }
    }

    pub(super) fn value<I: Serialize>(&self, identity: &I) -> Result<Value, Diagnostics> {
        to_value(identity, &self.r#type)
            .map_err(|error| error.into_diagnostic("Bug in the Provider").into())
    }
}

/// A resource with the schema of its identity at hand.
pub(crate) struct TypedIdentity<R> {
    resource: R,
    codec: ModelCodec,
    identity: IdentityCodec,
}

impl<R> TypedIdentity<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: ResourceIdentity<P>,
    {
        Self {
            codec: ModelCodec::new(resource.schema()),
            identity: IdentityCodec::new(resource.identity_schema()),
            resource,
        }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: ResourceIdentity<P>> ErasedIdentity<P> for TypedIdentity<R>
where
    R::Model: Serialize + DeserializeOwned,
{
    fn schema(&self) -> &IdentitySchema {
        &self.identity.schema
    }

    fn object_type(&self) -> &Type {
        &self.identity.r#type
    }

    fn may_change(&self, attribute: &str) -> bool {
        self.resource.identity_may_change(attribute)
    }

    fn of_state(&self, provider: &P, state: Value) -> Result<Value, Diagnostics> {
        let state = self.codec.model(state)?;
        // By now the object may be there: its state must not be lost to a panic.
        let identity = catch_unwind(AssertUnwindSafe(|| {
            self.resource.identity(provider, &state)
        }))
        .map_err(|_| bug("The identity could not be told from the state: a panic."))?;
        self.identity.value(&identity)
    }

    fn canonical(&self, identity: Value) -> Result<Value, Diagnostics> {
        let identity = self.resource.canonical_identity(typed(identity)?);
        self.identity.value(&identity)
    }

    async fn import(
        &self,
        context: &Context,
        provider: &P,
        identity: Value,
    ) -> Result<Imported<Value>, Diagnostics> {
        let identity = typed(identity)?;
        let imported = self
            .resource
            .import_by_identity(context, provider, identity)
            .await?;
        Ok(Imported {
            state: self.codec.value(&imported.state)?,
            private: imported.private,
            diagnostics: imported.diagnostics,
        })
    }

    async fn upgrade(
        &self,
        context: &Context,
        version: i64,
        identity: serde_json::Value,
    ) -> Result<Value, Diagnostics> {
        let identity = self
            .resource
            .upgrade_identity(context, version, identity)
            .await?;
        self.identity.value(&identity)
    }
}

/// An identity that a practitioner gave, as the author's type.
fn typed<I: DeserializeOwned>(identity: Value) -> Result<I, Diagnostics> {
    from_value(identity).map_err(|error| error.into_diagnostic("Invalid Identity Attribute").into())
}
