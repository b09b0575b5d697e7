//! Reading a stored identity, and upgrading it when an older version of its schema wrote it.

use super::{IdentityResult, Server, bug, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    provider::Provider,
    value::{Encoded, RawState, Reading, decode_json, unknown_paths},
};

impl<P: Provider> Server<P> {
    /// Makes an identity of the current schema from a stored one.
    pub(crate) async fn upgrade_resource_identity(
        &self,
        context: &Context,
        type_name: &str,
        version: i64,
        identity: RawState,
    ) -> IdentityResult {
        match self
            .upgrade_identity(context, type_name, version, identity)
            .await
        {
            Ok(identity) => IdentityResult {
                identity: Some(identity),
                diagnostics: Diagnostics::new(),
            },
            Err(diagnostics) => IdentityResult {
                identity: None,
                diagnostics,
            },
        }
    }

    async fn upgrade_identity(
        &self,
        context: &Context,
        type_name: &str,
        version: i64,
        identity: RawState,
    ) -> Result<Encoded, Diagnostics> {
        const SUMMARY: &str = "Cannot Read the Stored Identity";
        self.resource(type_name)?;
        let resource = self.registry.identities.get(type_name).ok_or_else(|| {
            Diagnostic::error(
                SUMMARY,
                format!(
                    "Version {} of the provider {} has no identity for {type_name}. Use the \
                     version of the provider that wrote it, or a later one.",
                    self.provider().version(),
                    self.provider().name()
                ),
            )
        })?;
        let current = resource.schema().version;
        let RawState::Json(json) = identity else {
            let detail = format!("The identity of {type_name} is not JSON.");
            return Err(Diagnostic::error(SUMMARY, detail).into());
        };
        let identity = if version == current {
            decode_json(&json, resource.object_type(), Reading::State)
                .map_err(|error| error.into_diagnostic(SUMMARY))?
        } else if version > current {
            return Err(Diagnostic::error(
                SUMMARY,
                format!(
                    "The identity of {type_name} has schema version {version}, and version {} of \
                     the provider knows versions up to {current} only. Use the version of the \
                     provider that wrote it, or a later one.",
                    self.provider().version(),
                ),
            )
            .into());
        } else {
            let json = serde_json::from_slice(&json)
                .map_err(|error| Diagnostic::error(SUMMARY, format!("It is not JSON: {error}.")))?;
            resource.upgrade(context, version, json).await?
        };
        if let Some(path) = unknown_paths(&identity).into_iter().next() {
            let detail = format!("The upgraded value of the identity attribute {path} is unknown.");
            return Err(bug(detail).at(path).into());
        }
        server::encode(&identity, resource.object_type())
    }
}
