//! What the identity of a managed resource is to its author.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    resource::{Imported, Resource},
    schema::IdentitySchema,
};

/// A resource whose objects have an identity: a few values that Terraform 1.12 and later, and
/// OpenTofu 1.12 and later, keep beside the state, and that an `import` block can name. It is
/// listed with [`crate::Registry::identity`]; clients that know no identities get none.
///
/// An identity follows from the state, so that an author says once how, and the framework puts it
/// into the answer of each operation. It never changes while the object lives: an attribute that
/// is not null any more stays as it is, and a difference is an error that names the attribute.
/// After an apply or a read everything in it is known, and what an import requires is not null;
/// in the plan of a create a part of it may be unknown, and then none is sent before the apply.
#[async_trait]
pub trait ResourceIdentity<P: Send + Sync + 'static>: Resource<P> {
    /// The typed form of the identity: a serde struct whose fields are [`crate::Field`]s.
    type Identity: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The schema of the identity, with its version.
    fn identity_schema(&self) -> IdentitySchema;

    /// The identity of an object, from its state alone, whose values may be unknown in a plan.
    /// The configured provider is there for what all its objects share, such as an account.
    fn identity(&self, provider: &P, state: &Self::Model) -> Self::Identity;

    /// Whether an attribute of an object's identity may change after all, because the other side allows it
    /// to be changed in place. Defaults to `false`.
    fn identity_may_change(&self, _attribute: &str) -> bool {
        false
    }

    /// An identity that a practitioner gave for an import, in the spelling that the object's own has, such as
    /// in lower case where case does not count. Defaults to the one that was given. Anything else that
    /// differs from the object's is an error.
    fn canonical_identity(&self, identity: Self::Identity) -> Self::Identity {
        identity
    }

    /// Turns an identity into a state with enough in it for [`Resource::read`], which Terraform
    /// calls next. What the schema requires for an import is there; the rest may be null.
    async fn import_by_identity(
        &self,
        _context: &Context,
        _provider: &P,
        _identity: Self::Identity,
    ) -> Result<Imported<Self::Model>, Diagnostics> {
        Err(Diagnostic::error(
            "Import by Identity Not Supported",
            format!(
                "{} cannot be imported by an identity; give an id instead.",
                self.type_name()
            ),
        )
        .into())
    }

    /// Converts an identity written with an older version of its schema, given as its JSON.
    async fn upgrade_identity(
        &self,
        _context: &Context,
        version: i64,
        _identity: serde_json::Value,
    ) -> Result<Self::Identity, Diagnostics> {
        Err(Diagnostic::error(
            "Resource Identity Cannot Be Upgraded",
            format!(
                "{} has no upgrade from identity schema version {version}.",
                self.type_name()
            ),
        )
        .into())
    }
}
