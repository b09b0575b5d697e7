//! Configuring the provider.

use super::{Server, identity, normalize, schema_plan, server, validate};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    provider::{ConfigureRequest, Provider},
    value::{Encoded, Value, from_value},
};

impl<P: Provider> Server<P> {
    /// Checks the provider block.
    pub(crate) async fn validate_provider_config(
        &self,
        context: &Context,
        config: Encoded,
    ) -> Diagnostics {
        let config = match self.provider_config(&config) {
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let mut diagnostics = validate::body(&self.provider_schema.body, &config, true);
        if diagnostics.has_errors() {
            return diagnostics;
        }
        match from_value(config) {
            Ok(config) => diagnostics.extend(self.provider.validate(context, config).await),
            Err(error) => diagnostics.push(error.into_diagnostic("Invalid Attribute Value")),
        }
        diagnostics
    }

    /// Configures the provider, again when it was configured before.
    pub(crate) async fn configure_provider(
        &self,
        context: &Context,
        terraform_version: String,
        config: Encoded,
    ) -> Diagnostics {
        let config = match self.provider_config(&config) {
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let mut with_defaults = config.clone();
        schema_plan::apply_defaults(&self.provider_schema.body, &mut with_defaults, &config);
        let config = match from_value(with_defaults) {
            Ok(config) => config,
            Err(error) => return error.into_diagnostic("Invalid Attribute Value").into(),
        };
        self.set_client_knows_identities(identity::knows_identities(&terraform_version));
        let request = ConfigureRequest {
            config,
            terraform_version,
        };
        match self.provider.configure(context, request).await {
            Ok((configured, diagnostics)) => {
                self.set_configured(configured);
                diagnostics
            }
            Err(diagnostics) => diagnostics,
        }
    }

    /// The provider block as its schema has it; when it is not written at all, one with nothing in it.
    fn provider_config(&self, config: &Encoded) -> Result<Value, Diagnostics> {
        let schema = &self.provider_schema;
        let mut config = server::decode(config, &schema.r#type(), "Provider Configuration")?;
        if config.is_null() {
            config = normalize::empty(&schema.body);
        }
        if schema.empty_is_null {
            normalize::null_empty(&schema.body, &mut config);
        }
        Ok(config)
    }
}
