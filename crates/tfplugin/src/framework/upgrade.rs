//! Reading a stored state, and upgrading it when an older version of the schema wrote it.

use super::{Server, UpgradeResult, bug, normalize, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    provider::Provider,
    value::{Encoded, RawState, Reading, decode_json, null_unknowns, unknown_paths},
};

impl<P: Provider> Server<P> {
    /// Makes a state of the current schema from a stored one.
    pub(crate) async fn upgrade_resource_state(
        &self,
        context: &Context,
        type_name: &str,
        version: i64,
        state: RawState,
    ) -> UpgradeResult {
        match self.upgrade(context, type_name, version, state).await {
            Ok(state) => UpgradeResult {
                state: Some(state),
                diagnostics: Diagnostics::new(),
            },
            Err(diagnostics) => UpgradeResult {
                state: None,
                diagnostics,
            },
        }
    }

    async fn upgrade(
        &self,
        context: &Context,
        type_name: &str,
        version: i64,
        state: RawState,
    ) -> Result<Encoded, Diagnostics> {
        const SUMMARY: &str = "Cannot Read the Stored State";
        let resource = self.resource(type_name)?;
        let schema = resource.schema();
        let RawState::Json(json) = state else {
            return Err(Diagnostic::error(
                SUMMARY,
                format!(
                    "The state of {type_name} was written by Terraform 0.11 or older. Refresh it with Terraform 0.12 \
                     or later, and an older version of the provider, first."
                ),
            )
            .into());
        };
        let mut state = if version == schema.version {
            decode_json(&json, resource.object_type(), Reading::State)
                .map_err(|error| error.into_diagnostic(SUMMARY))?
        } else if version > schema.version {
            return Err(Diagnostic::error(
                SUMMARY,
                format!(
                    "The state of {type_name} has schema version {version}, and version {} of the provider knows \
                     versions up to {} only. Use the version of the provider that wrote it, or a later one.",
                    self.provider().version(),
                    schema.version
                ),
            )
            .into());
        } else {
            let json = serde_json::from_slice(&json)
                .map_err(|error| Diagnostic::error(SUMMARY, format!("It is not JSON: {error}.")))?;
            resource.upgrade(context, version, json).await?
        };
        if let Some(path) = unknown_paths(&state).into_iter().next() {
            let detail = format!("The upgraded value of {path} is unknown.");
            return Err(bug(detail).at(path).into());
        }
        null_unknowns(&mut state);
        normalize::to_schema(&schema.body, &mut state);
        server::encode(&state, resource.object_type())
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde::{Deserialize, Serialize};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        Field, Resource,
        resource::{
            Applied, CreateRequest, DeleteRequest, Failure, ReadRequest, ReadResponse,
            UpdateRequest,
        },
        schema::{Attribute, Schema},
        testing::StubProvider,
    };

    #[derive(Clone, Serialize, Deserialize)]
    struct Model {
        id: Field<String>,
    }

    struct Thing;

    #[async_trait]
    impl Resource<()> for Thing {
        type Model = Model;

        fn type_name(&self) -> &'static str {
            "test_thing"
        }

        fn schema(&self) -> Schema {
            Schema::new(0).attribute(Attribute::string("id").computed())
        }

        async fn create(
            &self,
            _context: &Context,
            _provider: &(),
            request: CreateRequest<Model>,
        ) -> Result<Applied<Model>, Failure<Model>> {
            Ok(Applied::new(request.planned))
        }

        async fn read(
            &self,
            _context: &Context,
            _provider: &(),
            request: ReadRequest<Model>,
        ) -> Result<ReadResponse<Model>, Diagnostics> {
            Ok(ReadResponse::found(request.state))
        }

        async fn update(
            &self,
            _context: &Context,
            _provider: &(),
            request: UpdateRequest<Model>,
        ) -> Result<Applied<Model>, Failure<Model>> {
            Ok(Applied::new(request.planned))
        }

        async fn delete(
            &self,
            _context: &Context,
            _provider: &(),
            _request: DeleteRequest<Model>,
        ) -> Result<Diagnostics, Diagnostics> {
            Ok(Diagnostics::new())
        }
    }

    async fn upgraded(state: RawState) -> UpgradeResult {
        let context = Context::new("test", CancellationToken::new());
        let provider = StubProvider::new(|registry| {
            registry.resource(Thing);
        });
        Server::new(provider)
            .upgrade_resource_state(&context, "test_thing", 0, state)
            .await
    }

    #[tokio::test]
    async fn state_of_terraform_0_11_is_refused_with_a_way_out() {
        let result = upgraded(RawState::Flatmap).await;
        assert!(result.state.is_none());
        let diagnostic = result.diagnostics.iter().next().cloned();
        assert!(diagnostic.is_some_and(|one| one.detail.contains("Terraform 0.12")));
    }

    #[tokio::test]
    async fn state_that_is_hostile_is_an_error() {
        for json in ["", "{", "[]", "3", &"[".repeat(100_000), "\u{0}"] {
            let result = upgraded(RawState::Json(json.as_bytes().to_vec())).await;
            assert!(result.state.is_none(), "{json:.20}");
            assert!(result.diagnostics.has_errors(), "{json:.20}");
        }
    }
}
