//! Identities of resources under test.

use serde_json::Value as Json;

use super::{TestProvider, provider};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    provider::Provider,
    value::{Encoded, RawState, Reading, Type, Value, from_json},
};

impl<P: Provider> TestProvider<P> {
    /// Reads an identity that a version of its schema wrote, given as its JSON.
    ///
    /// # Errors
    /// When the identity cannot be read or upgraded.
    pub async fn upgrade_identity(
        &self,
        type_name: &str,
        version: i64,
        identity: &Json,
    ) -> Result<Value, Diagnostics> {
        let raw = RawState::Json(identity.to_string().into_bytes());
        let result = self
            .server
            .upgrade_resource_identity(&self.context, type_name, version, raw)
            .await;
        match self.identity(type_name, result.identity.as_ref())? {
            Some(identity) => Ok(identity),
            None => Err(result.diagnostics),
        }
    }

    pub(super) fn identity(
        &self,
        type_name: &str,
        identity: Option<&Encoded>,
    ) -> Result<Option<Value>, Diagnostics> {
        let Some(identity) = identity else {
            return Ok(None);
        };
        provider::decode(identity, &self.identity_type(type_name)?).map(Some)
    }

    pub(super) fn encoded_identity(
        &self,
        type_name: &str,
        identity: Option<&Value>,
    ) -> Option<Encoded> {
        let r#type = self.identity_type(type_name).ok()?;
        identity.map(|identity| provider::encode(identity, &r#type))
    }

    pub(super) fn identity_literal(
        &self,
        type_name: &str,
        identity: &Json,
    ) -> Result<Encoded, Diagnostic> {
        let r#type = self.identity_type(type_name)?;
        from_json(identity, &r#type, Reading::Literal)
            .map(|identity| provider::encode(&identity, &r#type))
            .map_err(|error| error.into_diagnostic("Invalid Literal"))
    }

    fn identity_type(&self, type_name: &str) -> Result<Type, Diagnostic> {
        let schema = self.schema.identities.get(type_name);
        schema.map(|schema| schema.r#type()).ok_or_else(|| {
            let detail = format!("There is no identity of a resource {type_name:?}.");
            Diagnostic::error("Unknown Type", detail)
        })
    }
}
