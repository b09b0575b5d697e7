//! What the listing of a managed resource's objects is to its author.

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::{
    context::Context,
    diagnostic::Diagnostics,
    list_sink::{ErasedListItem, ListSink},
    resource_identity::ResourceIdentity,
    response::reporting,
    schema::Schema,
};

/// A resource whose objects can be listed, for `terraform query` of Terraform 1.14 and later. It
/// is listed itself with [`crate::Registry::list_resource`].
#[async_trait]
pub trait ListResource<P: Send + Sync + 'static>: ResourceIdentity<P> {
    /// The typed form of the `config` block: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's traits.
    type ListConfig: DeserializeOwned + Send + 'static;

    /// The schema of the `config` block, which holds what the practitioner sets and nothing else.
    fn list_schema(&self) -> Schema;

    /// Checks the `config` block alone; values may be unknown. The schema's validators have run.
    async fn validate_list(&self, _context: &Context, _config: Self::ListConfig) -> Diagnostics {
        Diagnostics::new()
    }

    /// Finds the objects, and sends each as it is found; `Ok` when there are no more.
    ///
    /// A listing changes nothing, so it is dropped where it waits as soon as nobody wants more of
    /// it: at the limit, when the practitioner interrupts, when the client is gone.
    ///
    /// # Errors
    /// `Err` ends the listing; what was found before stays found.
    async fn list(
        &self,
        context: &Context,
        provider: &P,
        request: ListRequest<Self::ListConfig>,
        results: &mut ListResults<'_, ListItem<Self::Model, Self::Identity>>,
    ) -> Result<(), Diagnostics>;
}

/// What is to be listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListRequest<C> {
    /// The `config` block; wholly known.
    pub config: C,
    /// Whether the states are wanted, and not the identities alone.
    pub include_resource: bool,
    /// How many objects are wanted at most; `None` is all. A hint: what is more is not sent.
    pub limit: Option<u64>,
}

/// An object that was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListItem<M, I> {
    /// Its identity; wholly known.
    pub identity: I,
    /// What the practitioner calls it.
    pub display_name: String,
    /// Its state; wholly known. `None` where it is not wanted.
    pub resource: Option<M>,
    /// Warnings. Terraform ends the listing at an error.
    pub diagnostics: Diagnostics,
}

impl<M, I> ListItem<M, I> {
    /// An object by its identity, without its state.
    pub fn new(identity: I, display_name: impl Into<String>) -> Self {
        Self {
            identity,
            display_name: display_name.into(),
            resource: None,
            diagnostics: Diagnostics::new(),
        }
    }

    /// Adds its state, where that is wanted.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<Option<M>>) -> Self {
        self.resource = state.into();
        self
    }

    reporting!();
}

/// Takes what a listing finds to Terraform.
pub struct ListResults<'a, T> {
    pub(crate) sink: &'a mut ListSink,
    pub(crate) convert: &'a (dyn Fn(T) -> ErasedListItem + Send + Sync),
}

impl<T: Send> ListResults<'_, T> {
    /// Sends an object, and waits while Terraform reads more slowly than the listing finds.
    ///
    /// Does not return once nobody wants more: the listing ends here.
    pub async fn send(&mut self, found: T) {
        let item = (self.convert)(found);
        self.sink.send(item).await;
    }

    /// Sends messages that concern no object in particular.
    pub async fn report(&mut self, diagnostics: Diagnostics) {
        self.sink.send(diagnostics.into()).await;
    }
}
