//! An ability of a managed resource: to take over the state of another type, for a `moved` block.

use std::ops::RangeInclusive;

use async_trait::async_trait;

use crate::{
    context::Context,
    diagnostic::Diagnostics,
    private::Private,
    resource::Resource,
    response::{keeping, reporting},
};

/// A resource that takes over states of other types, or of other providers.
///
/// Terraform asks for it where a `moved` block leads from one type or provider to another. The
/// state says all there is to know: the provider may not be configured, and nothing may be changed
/// in the world. Terraform reads the resource next. Needs Terraform 1.8 or OpenTofu 1.10.
#[async_trait]
pub trait MoveState<P: Send + Sync + 'static>: Resource<P> {
    /// The types whose states it takes over. Others are refused without a call.
    fn move_sources(&self) -> Vec<MoveSource>;

    /// Makes a state of this resource from that of a source.
    ///
    /// The result must be wholly known; write-only values in it become null.
    async fn move_state(
        &self,
        context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Self::Model>, Diagnostics>;
}

/// A type whose states a resource takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveSource {
    /// The source address of the provider, such as `registry.terraform.io/hashicorp/null`.
    /// Without a host, such as `hashicorp/null`, it is the provider of that name in any registry.
    pub provider_address: String,
    /// The full type name.
    pub type_name: String,
    /// The versions of that type's schema that can be read.
    pub schema_versions: RangeInclusive<i64>,
}

impl MoveSource {
    /// A type with schema version 0, of the provider with that source address.
    pub fn new(provider_address: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self {
            provider_address: provider_address.into(),
            type_name: type_name.into(),
            schema_versions: 0..=0,
        }
    }

    /// The versions of the schema that can be read.
    #[must_use]
    pub fn schema_versions(mut self, versions: RangeInclusive<i64>) -> Self {
        self.schema_versions = versions;
        self
    }

    /// Whether the type is this one, whatever the version of its schema.
    pub(crate) fn is_type(&self, provider_address: &str, type_name: &str) -> bool {
        let ours = self.provider_address.as_str();
        let is_provider = match provider_address.split_once('/') {
            Some((_host, name)) => provider_address == ours || name == ours,
            // OpenTofu up to 1.11 says only the name that begins the names of the provider's types.
            None => ours.rsplit('/').next() == Some(provider_address),
        };
        is_provider && type_name == self.type_name
    }
}

/// A state to be taken over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MoveRequest {
    /// The source address of the provider that it is from, with the host; from OpenTofu up to 1.11 the last
    /// part of it alone.
    pub provider_address: String,
    /// The type that it is of.
    pub type_name: String,
    /// The version of that type's schema.
    pub schema_version: i64,
    /// The state, as the JSON of its attributes.
    pub state: serde_json::Value,
    /// What that provider stored beside it, in its own form; empty when it stored nothing. That of
    /// a provider on this crate can be read with [`Private::from_bytes`].
    pub private: Vec<u8>,
    /// The identity, as the JSON of its attributes, where there is one.
    pub identity: Option<serde_json::Value>,
    /// The version of the identity's schema. Terraform up to 1.15 says 0 for all of them.
    pub identity_schema_version: i64,
}

/// A state that was taken over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Moved<M> {
    /// The state, with enough in it for [`Resource::read`], which Terraform calls next.
    pub state: M,
    /// What to store with it.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl<M> Moved<M> {
    /// A state, with nothing stored beside it.
    pub fn new(state: M) -> Self {
        Self {
            state,
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        }
    }

    keeping!();
    reporting!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_without_a_host_is_the_provider_of_that_name_in_any_registry() {
        let anywhere = MoveSource::new("hashicorp/null", "null_resource");
        let one = MoveSource::new("registry.terraform.io/hashicorp/null", "null_resource");
        let table = [
            ("registry.terraform.io/hashicorp/null", true, true),
            ("registry.opentofu.org/hashicorp/null", true, false),
            ("registry.terraform.io/other/hashicorp/null", false, false),
            ("registry.terraform.io/other/null", false, false),
            ("hashicorp/null", true, false),
            // What OpenTofu says of either.
            ("null", true, true),
            ("other", false, false),
            ("", false, false),
        ];
        for (address, is_anywhere, is_one) in table {
            assert_eq!(
                anywhere.is_type(address, "null_resource"),
                is_anywhere,
                "{address}"
            );
            assert_eq!(one.is_type(address, "null_resource"), is_one, "{address}");
            assert!(!anywhere.is_type(address, "null_data_source"));
        }
    }
}
