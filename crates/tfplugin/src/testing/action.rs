//! Invoking an action under test.

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::{TestProvider, provider};
use crate::{diagnostic::Diagnostics, provider::Provider, value::Encoded};

/// What an action told.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The lines of its progress; empty when it was not invoked.
    pub progress: Vec<String>,
    /// What the provider said.
    pub diagnostics: Diagnostics,
}

impl<P: Provider> TestProvider<P> {
    /// Validates the configuration of an action and, without errors, plans it.
    pub async fn plan_action(&self, type_name: &str, config: Json) -> Diagnostics {
        match self.action_config(type_name, &config) {
            Ok(config) => self.planned_action(type_name, config).await,
            Err(errors) => errors,
        }
    }

    /// Validates and plans an action and, without errors, invokes it.
    pub async fn invoke_action(&self, type_name: &str, config: Json) -> Invocation {
        let mut progress = Vec::new();
        let config = match self.action_config(type_name, &config) {
            Ok(config) => config,
            Err(diagnostics) => {
                return Invocation {
                    progress,
                    diagnostics,
                };
            }
        };
        let mut diagnostics = self.planned_action(type_name, config.clone()).await;
        if !diagnostics.has_errors() {
            let (sender, mut receiver) = mpsc::channel(1);
            let invoking = self
                .server
                .invoke_action(&self.context, type_name, config, sender);
            let listening = async {
                while let Some(line) = receiver.recv().await {
                    progress.push(line);
                }
            };
            diagnostics.extend(tokio::join!(invoking, listening).0);
        }
        Invocation {
            progress,
            diagnostics,
        }
    }

    async fn planned_action(&self, type_name: &str, config: Encoded) -> Diagnostics {
        let mut diagnostics = self
            .server
            .validate_action_config(&self.context, type_name, config.clone())
            .await;
        if !diagnostics.has_errors() {
            let planned = self.server.plan_action(&self.context, type_name, config);
            diagnostics.extend(planned.await);
        }
        diagnostics
    }

    fn action_config(&self, type_name: &str, config: &Json) -> Result<Encoded, Diagnostics> {
        let schema = self
            .schema
            .actions
            .get(type_name)
            .ok_or_else(|| provider::unknown_type("action", type_name))?;
        let config = provider::literal(schema, config)?;
        Ok(provider::encode(&config, &schema.r#type()))
    }
}
