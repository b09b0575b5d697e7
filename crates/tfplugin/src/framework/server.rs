//! A provider, ready to answer the calls of the protocol. Each call has a file of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    ProviderSchema, bug,
    erased::{
        ErasedAction, ErasedDataSource, ErasedEphemeralResource, ErasedListResource,
        ErasedResource, Offered,
    },
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    private::Private,
    provider::Provider,
    registry::Registry,
    schema::Schema,
    value::{Encoded, Type, Value},
};

/// What is offered under a name, or that there is no such thing.
type Found<'a, T> = Result<&'a Offered<T>, Diagnostic>;

/// A provider, ready to answer.
pub(crate) struct Server<P: Provider> {
    pub(super) provider: Arc<P>,
    pub(super) provider_schema: Arc<Schema>,
    pub(super) registry: Arc<Registry<P::Configured>>,
    configured: RwLock<Option<Arc<P::Configured>>>,
    knows_identities: AtomicBool,
    /// Whether answers are held against the contract that Terraform enforces. Terraform does the
    /// same, in words that blame the provider and do not help its author.
    pub(super) checks: bool,
}

impl<P: Provider> Server<P> {
    /// Serves a provider that is not configured yet.
    pub(crate) fn new(provider: P) -> Self {
        let mut registry = Registry::new();
        provider.register(&mut registry);
        Self {
            provider_schema: Arc::new(provider.schema()),
            provider: Arc::new(provider),
            registry: Arc::new(registry),
            configured: RwLock::new(None),
            knows_identities: AtomicBool::new(true),
            checks: cfg!(debug_assertions),
        }
    }

    /// The same provider, not configured: what is made of a configuration is not shared.
    pub(crate) fn unconfigured(&self) -> Self {
        Self {
            provider: Arc::clone(&self.provider),
            provider_schema: Arc::clone(&self.provider_schema),
            registry: Arc::clone(&self.registry),
            configured: RwLock::new(None),
            knows_identities: AtomicBool::new(true),
            checks: self.checks,
        }
    }

    /// The same, with every answer held against the contract.
    #[cfg(feature = "testing")]
    pub(crate) fn with_checks(mut self) -> Self {
        self.checks = true;
        self
    }

    /// The provider behind it.
    pub(crate) fn provider(&self) -> &P {
        &self.provider
    }

    /// Everything that the provider offers.
    pub(crate) fn schema(&self) -> ProviderSchema {
        let registry = &self.registry;
        ProviderSchema {
            provider: Schema::clone(&self.provider_schema),
            resources: schemas(&registry.resources),
            data_sources: schemas(&registry.data_sources),
            functions: each(&registry.functions, |function| function.signature()),
            ephemeral_resources: schemas(&registry.ephemeral_resources),
            move_sources: each(&registry.state_movers, |mover| mover.move_sources()),
            identities: each(&registry.identities, |identity| identity.schema().clone()),
            list_resources: schemas(&registry.list_resources),
            actions: schemas(&registry.actions),
        }
    }

    pub(super) fn set_configured(&self, configured: P::Configured) {
        let mut slot = self
            .configured
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Arc::new(configured));
    }

    /// The configured provider.
    pub(super) fn configured(&self) -> Result<Arc<P::Configured>, Diagnostic> {
        self.configured
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| {
                Diagnostic::error(
                    "Provider Not Configured",
                    format!(
                        "The provider {} was asked to work before it was configured.",
                        self.provider.name()
                    ),
                )
            })
    }

    pub(super) fn set_client_knows_identities(&self, does: bool) {
        self.knows_identities.store(does, Ordering::Relaxed);
    }

    /// Whether the client keeps identities; assumed until it tells its version.
    pub(super) fn client_knows_identities(&self) -> bool {
        self.knows_identities.load(Ordering::Relaxed)
    }

    pub(super) fn resource(&self, type_name: &str) -> Found<'_, ErasedResource<P::Configured>> {
        self.find(&self.registry.resources, "resource", type_name)
    }

    pub(super) fn data_source(
        &self,
        type_name: &str,
    ) -> Found<'_, ErasedDataSource<P::Configured>> {
        self.find(&self.registry.data_sources, "data source", type_name)
    }

    pub(super) fn ephemeral_resource(
        &self,
        type_name: &str,
    ) -> Found<'_, ErasedEphemeralResource<P::Configured>> {
        let offered = &self.registry.ephemeral_resources;
        self.find(offered, "ephemeral resource", type_name)
    }

    pub(super) fn list_resource(
        &self,
        type_name: &str,
    ) -> Found<'_, dyn ErasedListResource<P::Configured>> {
        self.find(&self.registry.list_resources, "list resource", type_name)
    }

    pub(super) fn action(&self, type_name: &str) -> Found<'_, ErasedAction<P::Configured>> {
        self.find(&self.registry.actions, "action", type_name)
    }

    fn find<'a, T: ?Sized>(
        &self,
        offered: &'a BTreeMap<String, Offered<T>>,
        kind: &str,
        type_name: &str,
    ) -> Found<'a, T> {
        offered.get(type_name).ok_or_else(|| {
            Diagnostic::error(
                "Unknown Type",
                format!(
                    "Version {} of the provider {} has no {kind} {type_name:?}.",
                    self.provider.version(),
                    self.provider.name()
                ),
            )
        })
    }
}

/// The schema of each entry, by its name.
fn schemas<T: ?Sized>(offered: &BTreeMap<String, Offered<T>>) -> BTreeMap<String, Schema> {
    each(offered, |entry| entry.schema().clone())
}

/// What is told of each entry, by its name.
fn each<T, S>(offered: &BTreeMap<String, T>, tell: impl Fn(&T) -> S) -> BTreeMap<String, S> {
    offered
        .iter()
        .map(|(name, entry)| (name.clone(), tell(entry)))
        .collect()
}

/// Decodes what Terraform sent.
pub(super) fn decode(encoded: &Encoded, r#type: &Type, what: &str) -> Result<Value, Diagnostics> {
    encoded.decode(r#type).map_err(|error| {
        error
            .into_diagnostic(&format!("Cannot Read the {what}"))
            .into()
    })
}

/// Encodes what Terraform gets.
pub(super) fn encode(value: &Value, r#type: &Type) -> Result<Encoded, Diagnostics> {
    Encoded::encode(value, r#type)
        .map_err(|error| bug(format!("An answer is not of its type: {error}.")).into())
}

/// Reads what was stored with a state.
pub(super) fn private(bytes: &[u8]) -> Result<Private, Diagnostics> {
    Private::from_bytes(bytes).map_err(|error| {
        Diagnostic::error(
            "Cannot Read the Private Data",
            format!("What the provider stored beside the state cannot be read: {error}."),
        )
        .into()
    })
}
