//! A managed resource that works on values; the author's is behind it.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::{ModelCodec, Typed};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    framework::bug,
    private::Private,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, Resource, UpdateRequest,
    },
    schema::Schema,
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, R: Resource<P>> Resource<P> for Typed<R>
where
    R::Model: Serialize + DeserializeOwned,
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

    /// Where a value and its model do not fit, the proposal comes back with the error.
    async fn plan(
        &self,
        context: &Context,
        provider: &P,
        request: PlanRequest<Value>,
    ) -> PlanResponse<Value> {
        let proposed = request.proposed.clone();
        let private = request.private.clone();
        let planned = async {
            let request = PlanRequest {
                config: self.codec.model(request.config)?,
                prior: request
                    .prior
                    .map(|prior| self.codec.model(prior))
                    .transpose()?,
                proposed: self.codec.model(request.proposed)?,
                private: request.private,
            };
            let response = self.inner.plan(context, provider, request).await;
            Ok(PlanResponse {
                planned: self.codec.value(&response.planned)?,
                requires_replace: response.requires_replace,
                private: response.private,
                diagnostics: response.diagnostics,
            })
        };
        planned.await.unwrap_or_else(|diagnostics| PlanResponse {
            planned: proposed,
            requires_replace: Vec::new(),
            private,
            diagnostics,
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
                self.inner
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
        let result = self.inner.create(context, provider, request).await;
        let created = result.is_ok();
        applied(&self.codec, result).map_err(|mut failure| {
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
        let response = self.inner.read(context, provider, request).await?;
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
        let result = self.inner.update(context, provider, request).await;
        applied(&self.codec, result)
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
        self.inner.delete(context, provider, request).await
    }

    async fn import(
        &self,
        context: &Context,
        provider: &P,
        id: &str,
    ) -> Result<Imported<Value>, Diagnostics> {
        let imported = self.inner.import(context, provider, id).await?;
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
        let model = self.inner.upgrade(context, version, state).await?;
        self.codec.value(&model)
    }
}

fn applied<M: Serialize>(
    codec: &ModelCodec,
    result: Result<Applied<M>, Failure<M>>,
) -> Result<Applied<Value>, Failure<Value>> {
    match result {
        Ok(applied) => match codec.value(&applied.state) {
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
            let state = match failure.state.as_ref().map(|model| codec.value(model)) {
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
