//! The life of an ephemeral resource: checked, opened, renewed, closed.

use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::{
    Server, bug, check,
    erased::{ErasedEphemeralResource, Offered},
    normalize, schema_plan, server, validate,
};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    ephemeral_resource::Opened,
    provider::Provider,
    value::{Encoded, Value, unknown_paths},
};

/// An ephemeral resource that was opened.
#[derive(Debug)]
pub(crate) struct OpenResult {
    /// The whole object; `None` with an error.
    pub(crate) result: Option<Encoded>,
    pub(crate) renew_at: Option<SystemTime>,
    pub(crate) private: Vec<u8>,
    pub(crate) diagnostics: Diagnostics,
}

/// An ephemeral resource that was renewed.
#[derive(Debug)]
pub(crate) struct RenewResult {
    pub(crate) renew_at: Option<SystemTime>,
    pub(crate) private: Vec<u8>,
    pub(crate) diagnostics: Diagnostics,
}

impl<P: Provider> Server<P> {
    /// Checks the configuration of an ephemeral resource.
    pub(crate) async fn validate_ephemeral_resource_config(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Diagnostics {
        let resource = match self.ephemeral_resource(type_name) {
            Ok(resource) => resource,
            Err(error) => return error.into(),
        };
        let config = match server::decode(&config, resource.object_type(), "Configuration") {
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let mut diagnostics = validate::body(&resource.schema().body, &config, true);
        if !diagnostics.has_errors() && matches!(config, Value::Object(_)) {
            diagnostics.extend(resource.validate(context, config).await);
        }
        diagnostics
    }

    /// Opens an ephemeral resource. With an error nothing stays open.
    pub(crate) async fn open_ephemeral_resource(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> OpenResult {
        self.open(context, type_name, config)
            .await
            .unwrap_or_else(|diagnostics| OpenResult {
                result: None,
                renew_at: None,
                private: Vec::new(),
                diagnostics,
            })
    }

    async fn open(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Result<OpenResult, Diagnostics> {
        let resource = self.ephemeral_resource(type_name)?;
        let r#type = resource.object_type();
        let body = &resource.schema().body;
        let config = server::decode(&config, r#type, "Configuration")?;
        if let Some(path) = unknown_paths(&config).into_iter().next() {
            let detail =
                format!("{type_name} cannot be opened before the value of {path} is known.");
            return Err(Diagnostic::error("Configuration Not Known", detail)
                .at(path)
                .into());
        }
        let configured = self.configured()?;
        let mut with_defaults = config.clone();
        schema_plan::apply_defaults(body, &mut with_defaults, &config);
        let mut opened = resource.open(context, &configured, with_defaults).await?;
        let result = match self.usable(resource, &config, &mut opened) {
            Ok(result) => result,
            Err(mut errors) => {
                // Terraform knows nothing of what it gets no result of, so nobody else closes it.
                let private = opened.private.to_bytes();
                errors.extend(self.close_unheard(context, type_name, &private).await);
                return Err(errors);
            }
        };
        Ok(OpenResult {
            result: Some(result),
            renew_at: opened.renew_at,
            private: opened.private.to_bytes(),
            diagnostics: opened.diagnostics,
        })
    }

    /// The result of an open, if Terraform can take it.
    fn usable(
        &self,
        resource: &Offered<ErasedEphemeralResource<P::Configured>>,
        config: &Value,
        opened: &mut Opened<Value>,
    ) -> Result<Encoded, Diagnostics> {
        let mut diagnostics = std::mem::take(&mut opened.diagnostics);
        normalize::preserve_encoding(&mut opened.result, config);
        if !diagnostics.has_errors() {
            diagnostics.extend(unknown_paths(&opened.result).into_iter().map(|path| {
                bug(format!(
                    "The value of {path} is still unknown after the open."
                ))
                .at(path)
            }));
        }
        if self.checks && !diagnostics.has_errors() {
            let body = &resource.schema().body;
            diagnostics.extend(check::opened(body, config, &opened.result));
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        opened.diagnostics = diagnostics;
        server::encode(&opened.result, resource.object_type())
    }

    /// Renews an ephemeral resource that is open.
    pub(crate) async fn renew_ephemeral_resource(
        &self,
        context: &Context,
        type_name: &str,
        private: &[u8],
    ) -> RenewResult {
        let renewed = async {
            let resource = self.ephemeral_resource(type_name)?;
            let before = server::private(private)?;
            let configured = self.configured()?;
            resource.renew(context, &configured, &before).await
        };
        match renewed.await {
            Ok(renewed) => RenewResult {
                renew_at: renewed.renew_at,
                private: renewed
                    .private
                    .map_or_else(|| private.to_vec(), |private| private.to_bytes()),
                diagnostics: renewed.diagnostics,
            },
            Err(diagnostics) => RenewResult {
                renew_at: None,
                private: Vec::new(),
                diagnostics,
            },
        }
    }

    /// Closes an ephemeral resource.
    pub(crate) async fn close_ephemeral_resource(
        &self,
        context: &Context,
        type_name: &str,
        private: &[u8],
    ) -> Diagnostics {
        let closed = async {
            let resource = self.ephemeral_resource(type_name)?;
            let private = server::private(private)?;
            let configured = self.configured()?;
            resource.close(context, &configured, &private).await
        };
        closed.await.unwrap_or_else(|diagnostics| diagnostics)
    }

    /// Closes an ephemeral resource that the client does not know to be open. A request to stop is
    /// none to leave it open.
    pub(crate) async fn close_unheard(
        &self,
        context: &Context,
        type_name: &str,
        private: &[u8],
    ) -> Diagnostics {
        let context = Context::new(context.request_id(), CancellationToken::new());
        self.close_ephemeral_resource(&context, type_name, private)
            .await
    }
}
