//! Checking, planning and invoking an action.

use tokio::sync::mpsc;

use super::{
    Server, bug,
    erased::{ErasedAction, Offered},
    normalize, server, validate,
};
use crate::{
    action::Progress,
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    provider::Provider,
    value::{Encoded, Value},
};

/// An action and its configuration.
type WithConfig<'a, C> = (&'a Offered<ErasedAction<C>>, Value);

impl<P: Provider> Server<P> {
    /// Checks the configuration of an action.
    pub(crate) async fn validate_action_config(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Diagnostics {
        let (action, config) = match self.action_and_config(type_name, &config) {
            Ok(found) => found,
            Err(errors) => return errors,
        };
        let mut diagnostics = validate::body(&action.schema().body, &config, true);
        if !diagnostics.has_errors() && matches!(config, Value::Object(_)) {
            diagnostics.extend(action.validate(context, config).await);
        }
        diagnostics
    }

    /// Looks at what an action is going to do.
    pub(crate) async fn plan_action(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
    ) -> Diagnostics {
        let found = self
            .action_and_config(type_name, &config)
            .and_then(|(action, config)| Ok((action, config, self.configured()?)));
        match found {
            Ok((action, config, configured)) => action.plan(context, &configured, config).await,
            Err(errors) => errors,
        }
    }

    /// Does what the action is for; its lines go to `progress`.
    pub(crate) async fn invoke_action(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
        progress: mpsc::Sender<String>,
    ) -> Diagnostics {
        let invoked = self
            .invoke(context, type_name, &config, Progress(progress))
            .await;
        match invoked {
            Ok(diagnostics) => diagnostics,
            Err(diagnostics) if diagnostics.has_errors() => diagnostics,
            Err(mut diagnostics) => {
                diagnostics.push(bug("The action failed without saying why."));
                diagnostics
            }
        }
    }

    async fn invoke(
        &self,
        context: &Context,
        type_name: &str,
        config: &Encoded,
        progress: Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        let (action, config) = self.action_and_config(type_name, config)?;
        if !config.is_wholly_known() {
            let detail =
                format!("{type_name} can be invoked only when its whole configuration is known.");
            return Err(Diagnostic::error("Configuration Not Known", detail).into());
        }
        let configured = self.configured()?;
        action.invoke(context, &configured, config, &progress).await
    }

    /// The action, and its configuration; when that is not written at all, one with nothing in it.
    fn action_and_config(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<WithConfig<'_, P::Configured>, Diagnostics> {
        let action = self.action(type_name)?;
        let config = match server::decode(config, action.object_type(), "Configuration")? {
            Value::Null => normalize::empty(&action.schema().body),
            config => config,
        };
        Ok((action, config))
    }
}
