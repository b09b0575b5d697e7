//! Configurations that are generated for states under test.

use super::{State, TestProvider, provider};
use crate::{
    diagnostic::Diagnostics,
    path::AttributePath,
    provider::Provider,
    value::{Value, descend},
};

/// A generated configuration.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The whole object; `None` after an error.
    pub value: Option<Value>,
    /// What the provider said.
    pub diagnostics: Diagnostics,
}

impl Configuration {
    /// The value at a path; null when there is none, or the path leads nowhere.
    pub fn get(&self, path: impl Into<AttributePath>) -> Value {
        self.value
            .as_ref()
            .and_then(|value| descend(value, &path.into()))
            .cloned()
            .unwrap_or_default()
    }
}

impl<P: Provider> TestProvider<P> {
    /// Writes a state as a configuration, as Terraform does for what was imported.
    pub async fn generate_config(&self, state: &State) -> Configuration {
        let r#type = match self.resource_schema(&state.type_name) {
            Ok(schema) => schema.r#type(),
            Err(error) => {
                return Configuration {
                    value: None,
                    diagnostics: error.into(),
                };
            }
        };
        let encoded = provider::encode(&state.value, &r#type);
        let generated = self
            .server
            .generate_resource_config(&self.context, &state.type_name, encoded)
            .await;
        let mut diagnostics = generated.diagnostics;
        let value = generated
            .config
            .filter(|_| !diagnostics.has_errors())
            .and_then(|config| match provider::decode(&config, &r#type) {
                Ok(value) => Some(value),
                Err(errors) => {
                    diagnostics.extend(errors);
                    None
                }
            });
        Configuration { value, diagnostics }
    }
}
