//! States that a resource under test takes over.

use serde_json::Value as Json;

use super::{State, Step, TestProvider, provider};
use crate::{diagnostic::Diagnostics, framework::MoveChange, provider::Provider, value::RawState};

/// A state of another type, as Terraform has stored it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The source address of the provider, with the host.
    pub provider_address: String,
    /// The full type name.
    pub type_name: String,
    /// The version of that type's schema.
    pub schema_version: i64,
    /// The object.
    pub state: Json,
    /// What that provider stored beside it.
    pub private: Vec<u8>,
    /// The identity, where there is one.
    pub identity: Option<Json>,
}

impl Source {
    /// A state of schema version 0, without private data and identity.
    pub fn new(
        provider_address: impl Into<String>,
        type_name: impl Into<String>,
        state: Json,
    ) -> Self {
        Self {
            provider_address: provider_address.into(),
            type_name: type_name.into(),
            schema_version: 0,
            state,
            private: Vec::new(),
            identity: None,
        }
    }
}

impl<P: Provider> TestProvider<P> {
    /// Moves a state of another type to a resource of this type.
    pub async fn move_state(&self, source: Source, type_name: &str) -> Step {
        let raw = |json: Json| RawState::Json(json.to_string().into_bytes());
        let change = MoveChange {
            source_provider_address: source.provider_address,
            source_type_name: source.type_name,
            source_schema_version: source.schema_version,
            source_state: raw(source.state),
            source_private: source.private,
            source_identity: source.identity.map(raw),
            source_identity_schema_version: 0,
            target_type_name: type_name.to_owned(),
        };
        let moved = self.server.move_resource_state(&self.context, change).await;
        let mut diagnostics = moved.diagnostics;
        let decoded = moved
            .target
            .map(|(state, private)| -> Result<_, Diagnostics> {
                let r#type = self.resource_schema(type_name)?.r#type();
                Ok(State::new(
                    type_name,
                    provider::decode(&state, &r#type)?,
                    private,
                ))
            });
        let state = match decoded.transpose() {
            Ok(state) => state,
            Err(errors) => {
                diagnostics.extend(errors);
                None
            }
        };
        Step { state, diagnostics }
    }
}
