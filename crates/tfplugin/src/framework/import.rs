//! Importing a resource by its id.

use super::{ImportResult, Server, server};
use crate::{context::Context, diagnostic::Diagnostics, provider::Provider, value::null_unknowns};

impl<P: Provider> Server<P> {
    /// Makes the stub of a state from an id; Terraform reads the resource next.
    pub(crate) async fn import_resource_state(
        &self,
        context: &Context,
        type_name: &str,
        id: &str,
    ) -> ImportResult {
        match self.import(context, type_name, id).await {
            Ok(result) => result,
            Err(diagnostics) => ImportResult {
                imported: None,
                diagnostics,
            },
        }
    }

    async fn import(
        &self,
        context: &Context,
        type_name: &str,
        id: &str,
    ) -> Result<ImportResult, Diagnostics> {
        let resource = self.resource(type_name)?;
        let configured = self.configured()?;
        let imported = resource.import(context, &configured, id).await?;
        let mut state = imported.state;
        // A stub need not be complete, and what nobody knows yet is what the read will find.
        null_unknowns(&mut state);
        let state = server::encode(&state, resource.object_type())?;
        Ok(ImportResult {
            imported: Some((state, imported.private.to_bytes())),
            diagnostics: imported.diagnostics,
        })
    }
}
