//! Reading a data source.

use super::{Server, StateResult, apply, check, normalize, server};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    provider::Provider,
    value::{Encoded, null_unknowns},
};

impl<P: Provider> Server<P> {
    /// Reads a data source.
    pub(crate) async fn read_data_source(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> StateResult {
        match self.read_data(context, type_name, config).await {
            Ok((state, diagnostics)) => StateResult {
                state: Some(state),
                private: Vec::new(),
                identity: None,
                diagnostics,
            },
            Err(diagnostics) => StateResult {
                state: None,
                private: Vec::new(),
                identity: None,
                diagnostics,
            },
        }
    }

    async fn read_data(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Result<(Encoded, Diagnostics), Diagnostics> {
        let data_source = self.data_source(type_name)?;
        let r#type = data_source.object_type();
        let body = &data_source.schema().body;
        let config = server::decode(&config, r#type, "Configuration")?;
        let configured = self.configured()?;
        let mut with_defaults = config.clone();
        super::schema_plan::apply_defaults(body, &mut with_defaults, &config);
        let read = data_source
            .read(context, &configured, with_defaults)
            .await?;
        let mut diagnostics = read.diagnostics;
        let mut state = read.state;
        normalize::preserve_encoding(&mut state, &config);
        diagnostics.extend(apply::not_wholly_known(&state));
        null_unknowns(&mut state);
        if self.checks && !diagnostics.has_errors() {
            diagnostics.extend(check::data_source(body, &config, &state));
        }
        Ok((server::encode(&state, r#type)?, diagnostics))
    }
}
