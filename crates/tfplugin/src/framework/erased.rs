//! Resources and data sources without their model types: values go in and come out.

mod ephemeral_resource;
mod function;
mod generate_config;
mod move_state;

pub(crate) use ephemeral_resource::{ErasedEphemeralResource, TypedEphemeralResource};
pub(crate) use function::ErasedFunction;
pub(crate) use generate_config::{ErasedGenerateConfig, TypedGenerateConfig};
pub(crate) use move_state::{ErasedMoveState, TypedMoveState};
pub(crate) mod action;
pub(crate) mod identity;
pub(crate) mod list_resource;

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::{bug, normalize};
use crate::{
    context::Context,
    data_source::{DataSource, DataSourceRead},
    diagnostic::Diagnostics,
    private::Private,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, Resource, UpdateRequest,
    },
    schema::Schema,
    value::{Type, Value, from_value, to_value},
};

/// A resource that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedResource<P>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn object_type(&self) -> &Type;
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn plan(
        &self,
        context: &Context,
        provider: &P,
        request: PlanRequest<Value>,
    ) -> Result<PlanResponse<Value>, Diagnostics>;
    async fn plan_destroy(
        &self,
        context: &Context,
        provider: &P,
        prior: Value,
        private: &Private,
    ) -> Diagnostics;
    async fn create(
        &self,
        context: &Context,
        provider: &P,
        request: CreateRequest<Value>,
    ) -> Result<Applied<Value>, Failure<Value>>;
    async fn read(
        &self,
        context: &Context,
        provider: &P,
        request: ReadRequest<Value>,
    ) -> Result<ReadResponse<Value>, Diagnostics>;
    async fn update(
        &self,
        context: &Context,
        provider: &P,
        request: UpdateRequest<Value>,
    ) -> Result<Applied<Value>, Failure<Value>>;
    async fn delete(
        &self,
        context: &Context,
        provider: &P,
        request: DeleteRequest<Value>,
    ) -> Result<Diagnostics, Diagnostics>;
    async fn import(
        &self,
        context: &Context,
        provider: &P,
        id: &str,
    ) -> Result<Imported<Value>, Diagnostics>;
    async fn upgrade(
        &self,
        context: &Context,
        version: i64,
        state: serde_json::Value,
    ) -> Result<Value, Diagnostics>;
}

/// A data source that works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedDataSource<P>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn object_type(&self) -> &Type;
    async fn validate(&self, context: &Context, config: Value) -> Diagnostics;
    async fn read(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
    ) -> Result<DataSourceRead<Value>, Diagnostics>;
}

/// Converts between values and the models of one schema.
struct ModelCodec {
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

    fn applied<M: Serialize>(
        &self,
        result: Result<Applied<M>, Failure<M>>,
    ) -> Result<Applied<Value>, Failure<Value>> {
        match result {
            Ok(applied) => match self.value(&applied.state) {
                Ok(state) => Ok(Applied {
                    state,
                    private: applied.private,
                    diagnostics: applied.diagnostics,
                }),
                Err(errors) => Err(Failure {
                    state: None,
                    private: applied.private,
                    diagnostics: applied.diagnostics.into_iter().chain(errors).collect(),
                }),
            },
            Err(mut failure) => {
                let state = match failure.state.as_ref().map(|model| self.value(model)) {
                    Some(Ok(state)) => Some(state),
                    None => None,
                    Some(Err(errors)) => {
                        failure.diagnostics.extend(errors);
                        None
                    }
                };
                if !failure.diagnostics.has_errors() {
                    let detail = "The operation failed without saying why.";
                    failure.diagnostics.push(bug(detail));
                }
                Err(Failure {
                    state,
                    private: failure.private,
                    diagnostics: failure.diagnostics,
                })
            }
        }
    }
}

/// A resource with its schema at hand.
pub(crate) struct TypedResource<R> {
    resource: R,
    codec: ModelCodec,
}

impl<R> TypedResource<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: Resource<P>,
    {
        let codec = ModelCodec::new(resource.schema());
        Self { resource, codec }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: Resource<P>> ErasedResource<P> for TypedResource<R> {
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

    async fn plan(
        &self,
        context: &Context,
        provider: &P,
        request: PlanRequest<Value>,
    ) -> Result<PlanResponse<Value>, Diagnostics> {
        let request = PlanRequest {
            config: self.codec.model(request.config)?,
            prior: request
                .prior
                .map(|prior| self.codec.model(prior))
                .transpose()?,
            proposed: self.codec.model(request.proposed)?,
            private: request.private,
        };
        let response = self.resource.plan(context, provider, request).await;
        Ok(PlanResponse {
            planned: self.codec.value(&response.planned)?,
            requires_replace: response.requires_replace,
            private: response.private,
            diagnostics: response.diagnostics,
        })
    }

    async fn plan_destroy(
        &self,
        context: &Context,
        provider: &P,
        prior: Value,
        private: &Private,
    ) -> Diagnostics {
        match self.codec.model(prior) {
            Ok(prior) => {
                self.resource
                    .plan_destroy(context, provider, prior, private)
                    .await
            }
            Err(errors) => errors,
        }
    }

    async fn create(
        &self,
        context: &Context,
        provider: &P,
        request: CreateRequest<Value>,
    ) -> Result<Applied<Value>, Failure<Value>> {
        let request: CreateRequest<R::Model> = CreateRequest {
            config: self.codec.model(request.config)?,
            planned: self.codec.model(request.planned)?,
            private: request.private,
        };
        let planned = request.planned.clone();
        let result = self.resource.create(context, provider, request).await;
        let created = result.is_ok();
        self.codec.applied(result).map_err(|mut failure| {
            // The object is there although its state cannot be told: losing track of it is worse
            // than a state with nulls.
            if created && failure.state.is_none() {
                failure.state = self.codec.value(&planned).ok();
            }
            failure
        })
    }

    async fn read(
        &self,
        context: &Context,
        provider: &P,
        request: ReadRequest<Value>,
    ) -> Result<ReadResponse<Value>, Diagnostics> {
        let request = ReadRequest {
            state: self.codec.model(request.state)?,
            private: request.private,
        };
        let response = self.resource.read(context, provider, request).await?;
        Ok(ReadResponse {
            state: response
                .state
                .map(|state| self.codec.value(&state))
                .transpose()?,
            private: response.private,
            diagnostics: response.diagnostics,
        })
    }

    async fn update(
        &self,
        context: &Context,
        provider: &P,
        request: UpdateRequest<Value>,
    ) -> Result<Applied<Value>, Failure<Value>> {
        let request = UpdateRequest {
            config: self.codec.model(request.config)?,
            prior: self.codec.model(request.prior)?,
            planned: self.codec.model(request.planned)?,
            private: request.private,
        };
        let result = self.resource.update(context, provider, request).await;
        self.codec.applied(result)
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &P,
        request: DeleteRequest<Value>,
    ) -> Result<Diagnostics, Diagnostics> {
        let request = DeleteRequest {
            prior: self.codec.model(request.prior)?,
            private: request.private,
        };
        self.resource.delete(context, provider, request).await
    }

    async fn import(
        &self,
        context: &Context,
        provider: &P,
        id: &str,
    ) -> Result<Imported<Value>, Diagnostics> {
        let imported = self.resource.import(context, provider, id).await?;
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
        state: serde_json::Value,
    ) -> Result<Value, Diagnostics> {
        let model = self.resource.upgrade(context, version, state).await?;
        self.codec.value(&model)
    }
}

/// A data source with its schema at hand.
pub(crate) struct TypedDataSource<D> {
    data_source: D,
    codec: ModelCodec,
}

impl<D> TypedDataSource<D> {
    pub(crate) fn new<P>(data_source: D) -> Self
    where
        P: Send + Sync + 'static,
        D: DataSource<P>,
    {
        let codec = ModelCodec::new(data_source.schema());
        Self { data_source, codec }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, D: DataSource<P>> ErasedDataSource<P> for TypedDataSource<D> {
    fn schema(&self) -> &Schema {
        &self.codec.schema
    }

    fn object_type(&self) -> &Type {
        &self.codec.r#type
    }

    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.data_source.validate(context, config).await,
            Err(errors) => errors,
        }
    }

    async fn read(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
    ) -> Result<DataSourceRead<Value>, Diagnostics> {
        let config = self.codec.model(config)?;
        let read = self.data_source.read(context, provider, config).await?;
        Ok(DataSourceRead {
            state: self.codec.value(&read.state)?,
            diagnostics: read.diagnostics,
        })
    }
}
