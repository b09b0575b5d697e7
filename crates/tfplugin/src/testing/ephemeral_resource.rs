//! The life of an ephemeral resource under test: open, renew, close.

use std::time::SystemTime;

use serde_json::Value as Json;

use super::{TestProvider, provider};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    provider::Provider,
    value::{Value, descend},
};

/// An ephemeral resource that is open.
#[derive(Clone, Debug)]
pub struct Open {
    /// The type of the ephemeral resource.
    pub type_name: String,
    /// The whole object.
    pub result: Value,
    /// When Terraform would renew it; `None` for never.
    pub renew_at: Option<SystemTime>,
    /// What the next renewal is given.
    pub private: Vec<u8>,
    /// Warnings of the checks and of the open.
    pub diagnostics: Diagnostics,
    /// What the close is given: Terraform keeps what the open left.
    opened_private: Vec<u8>,
}

impl Open {
    /// The value at a path; null when the path leads nowhere.
    pub fn get(&self, path: impl Into<AttributePath>) -> Value {
        descend(&self.result, &path.into())
            .cloned()
            .unwrap_or_default()
    }
}

impl<P: Provider> TestProvider<P> {
    /// Validates the configuration of an ephemeral resource.
    pub async fn validate_ephemeral_resource(&self, type_name: &str, config: Json) -> Diagnostics {
        let Some(schema) = self.schema.ephemeral_resources.get(type_name) else {
            return provider::unknown_type("ephemeral resource", type_name).into();
        };
        let config = match provider::literal(schema, &config) {
            Ok(config) => provider::encode(&config, &schema.r#type()),
            Err(error) => return error.into(),
        };
        self.server
            .validate_ephemeral_resource_config(&self.context, type_name, config)
            .await
    }

    /// Validates the configuration of an ephemeral resource and, without errors, opens it.
    ///
    /// # Errors
    /// With what the provider said, and with what Terraform would refuse.
    pub async fn open(&self, type_name: &str, config: Json) -> Result<Open, Diagnostics> {
        let mut diagnostics = self
            .validate_ephemeral_resource(type_name, config.clone())
            .await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let Some(schema) = self.schema.ephemeral_resources.get(type_name) else {
            return Err(provider::unknown_type("ephemeral resource", type_name).into());
        };
        let r#type = schema.r#type();
        let config = provider::encode(&provider::literal(schema, &config)?, &r#type);
        let opened = self
            .server
            .open_ephemeral_resource(&self.context, type_name, config)
            .await;
        diagnostics.extend(opened.diagnostics);
        let Some(result) = opened.result.filter(|_| !diagnostics.has_errors()) else {
            return Err(diagnostics);
        };
        Ok(Open {
            type_name: type_name.to_owned(),
            result: provider::decode(&result, &r#type)?,
            renew_at: opened.renew_at,
            private: opened.private.clone(),
            diagnostics,
            opened_private: opened.private,
        })
    }

    /// Renews what is open, as Terraform does once `renew_at` has come.
    pub async fn renew(&self, open: &mut Open) -> Diagnostics {
        if open.renew_at.is_none() {
            let detail = "Terraform renews only what named a time for it.";
            return Diagnostic::error("Nothing to Renew", detail).into();
        }
        let renewed = self
            .server
            .renew_ephemeral_resource(&self.context, &open.type_name, &open.private)
            .await;
        open.renew_at = renewed
            .renew_at
            .filter(|_| !renewed.diagnostics.has_errors());
        if open.renew_at.is_some() {
            open.private = renewed.private;
        }
        renewed.diagnostics
    }

    /// Closes what is open.
    pub async fn close(&self, open: Open) -> Diagnostics {
        self.server
            .close_ephemeral_resource(&self.context, &open.type_name, &open.opened_private)
            .await
    }
}
