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
        ErasedDataSource, ErasedEphemeralResource, ErasedResource, action::ErasedAction,
        list_resource::ErasedListResource,
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

/// A provider, ready to answer.
pub(crate) struct Server<P: Provider> {
    pub(super) provider: P,
    pub(super) provider_schema: Schema,
    pub(super) registry: Registry<P::Configured>,
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
            provider_schema: provider.schema(),
            provider,
            registry,
            configured: RwLock::new(None),
            knows_identities: AtomicBool::new(true),
            checks: cfg!(debug_assertions),
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
            provider: self.provider_schema.clone(),
            resources: each(&registry.resources, |resource| resource.schema().clone()),
            data_sources: each(&registry.data_sources, |source| source.schema().clone()),
            functions: each(&registry.functions, |function| function.signature()),
            ephemeral_resources: each(&registry.ephemeral_resources, |resource| {
                resource.schema().clone()
            }),
            move_sources: each(&registry.state_movers, |mover| mover.sources().to_vec()),
            identities: each(&registry.identities, |identity| identity.schema().clone()),
            list_resources: each(&registry.list_resources, |list| list.schema().clone()),
            actions: each(&registry.actions, |action| action.schema().clone()),
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

    pub(super) fn list_resource(
        &self,
        type_name: &str,
    ) -> Result<&Arc<dyn ErasedListResource<P::Configured>>, Diagnostic> {
        self.find(&self.registry.list_resources, "list resource", type_name)
    }

    pub(super) fn action(
        &self,
        type_name: &str,
    ) -> Result<&Arc<dyn ErasedAction<P::Configured>>, Diagnostic> {
        self.find(&self.registry.actions, "action", type_name)
    }

    pub(super) fn resource(
        &self,
        type_name: &str,
    ) -> Result<&Arc<dyn ErasedResource<P::Configured>>, Diagnostic> {
        self.find(&self.registry.resources, "resource", type_name)
    }

    pub(super) fn data_source(
        &self,
        type_name: &str,
    ) -> Result<&Arc<dyn ErasedDataSource<P::Configured>>, Diagnostic> {
        self.find(&self.registry.data_sources, "data source", type_name)
    }

    pub(super) fn ephemeral_resource(
        &self,
        type_name: &str,
    ) -> Result<&Arc<dyn ErasedEphemeralResource<P::Configured>>, Diagnostic> {
        self.find(
            &self.registry.ephemeral_resources,
            "ephemeral resource",
            type_name,
        )
    }

    fn find<'a, T>(
        &self,
        offered: &'a BTreeMap<String, T>,
        kind: &str,
        type_name: &str,
    ) -> Result<&'a T, Diagnostic> {
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
