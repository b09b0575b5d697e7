//! Importing a resource by its id or its identity.

use super::{ImportResult, Server, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    provider::Provider,
    resource::Imported,
    value::{Encoded, Value, null_unknowns},
};

impl<P: Provider> Server<P> {
    /// Makes the stub of a state from an id or, where that is empty, from an identity; Terraform
    /// reads the resource next.
    pub(crate) async fn import_resource_state(
        &self,
        context: &Context,
        type_name: &str,
        id: &str,
        identity: Option<Encoded>,
    ) -> ImportResult {
        match self.import(context, type_name, id, identity).await {
            Ok(result) => result,
            Err(diagnostics) => ImportResult {
                imported: None,
                identity: None,
                diagnostics,
            },
        }
    }

    async fn import(
        &self,
        context: &Context,
        type_name: &str,
        id: &str,
        identity: Option<Encoded>,
    ) -> Result<ImportResult, Diagnostics> {
        let resource = self.resource(type_name)?;
        let configured = self.configured()?;
        let (imported, identity) = match identity.filter(|_| id.is_empty()) {
            None => (resource.import(context, &configured, id).await?, None),
            Some(identity) => {
                self.import_by_identity(context, &configured, type_name, &identity)
                    .await?
            }
        };
        let mut state = imported.state;
        // A stub need not be complete, and what nobody knows yet is what the read will find.
        null_unknowns(&mut state);
        let state = server::encode(&state, resource.object_type())?;
        Ok(ImportResult {
            imported: Some((state, imported.private.to_bytes())),
            identity,
            diagnostics: imported.diagnostics,
        })
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        configured: &P::Configured,
        type_name: &str,
        identity: &Encoded,
    ) -> Result<(Imported<Value>, Option<Encoded>), Diagnostics> {
        let Some(identity) = self.identity(type_name, Some(identity))? else {
            return Err(Diagnostic::error(
                "Import by Identity Not Supported",
                format!("{type_name} has no identity to be imported by; give an id instead."),
            )
            .into());
        };
        let errors = identity.check_import();
        if errors.has_errors() {
            return Err(errors);
        }
        let identity = identity.canonical()?;
        let value = identity.value().clone();
        let imported = identity
            .resource()
            .import(context, configured, value)
            .await?;
        // What was not given may be known by now.
        let identity = identity.of_partial(configured, &imported.state);
        Ok((imported, identity))
    }
}
