//! What a provider offers, without the types of its author's models: values go in and come out.
//!
//! The erased form of a trait is the trait itself, with [`Value`] in the place of the model, and [`Typed`] makes it
//! of the author's. Identities, list resources and functions have traits of their own; their files say why.

mod action;
mod data_source;
mod ephemeral_resource;
mod function;
mod generate_config;
mod identity;
mod list_resource;
mod move_state;
mod resource;

use std::{ops::Deref, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

pub(crate) use function::ErasedFunction;
pub(crate) use identity::{ErasedIdentity, TypedIdentity};
pub(crate) use list_resource::{ErasedListResource, TypedListResource};

use super::normalize;
use crate::{
    action::Action,
    data_source::DataSource,
    diagnostic::Diagnostics,
    ephemeral_resource::EphemeralResource,
    generate_config::GenerateConfig,
    move_state::MoveState,
    resource::Resource,
    schema::Schema,
    value::{Type, Value, from_value, to_value},
};

pub(crate) type ErasedResource<P> = dyn Resource<P, Model = Value>;
pub(crate) type ErasedMoveState<P> = dyn MoveState<P, Model = Value>;
pub(crate) type ErasedGenerateConfig<P> = dyn GenerateConfig<P, Model = Value>;
pub(crate) type ErasedDataSource<P> = dyn DataSource<P, Model = Value>;
pub(crate) type ErasedEphemeralResource<P> = dyn EphemeralResource<P, Model = Value>;
pub(crate) type ErasedAction<P> = dyn Action<P, Config = Value>;

/// What is offered under a name, with its schema at hand.
pub(crate) struct Offered<T: ?Sized> {
    codec: Arc<ModelCodec>,
    entry: Box<T>,
}

impl<T: ?Sized> Offered<T> {
    pub(crate) fn new(codec: Arc<ModelCodec>, entry: Box<T>) -> Self {
        Self { codec, entry }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.codec.schema
    }

    /// The type of the values that go in and come out.
    pub(crate) fn object_type(&self) -> &Type {
        &self.codec.r#type
    }
}

impl<T: ?Sized> Deref for Offered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entry
    }
}

/// What works on models, made to work on values.
pub(crate) struct Typed<T> {
    inner: T,
    codec: Arc<ModelCodec>,
}

impl<T> Typed<T> {
    /// Of what has models of a schema.
    pub(crate) fn new(schema: Schema, inner: T) -> Self {
        let codec = Arc::new(ModelCodec::new(schema));
        Self { inner, codec }
    }

    pub(crate) fn codec(&self) -> Arc<ModelCodec> {
        self.codec.clone()
    }
}

/// Converts between values and the models of one schema.
pub(crate) struct ModelCodec {
    schema: Schema,
    r#type: Type,
}

impl ModelCodec {
    fn new(schema: Schema) -> Self {
        Self {
            r#type: schema.r#type(),
            schema,
        }
    }

    fn model<M: DeserializeOwned>(&self, value: Value) -> Result<M, Diagnostics> {
        from_value(value).map_err(|error| error.into_diagnostic("Invalid Attribute Value").into())
    }

    /// The value of a model, as Terraform wants it: without write-only values, and with empty
    /// collections for blocks that are not there.
    fn value<M: Serialize>(&self, model: &M) -> Result<Value, Diagnostics> {
        let mut value = to_value(model, &self.r#type)
            .map_err(|error| error.into_diagnostic("Bug in the Provider"))?;
        normalize::to_schema(&self.schema.body, &mut value);
        Ok(value)
    }
}
