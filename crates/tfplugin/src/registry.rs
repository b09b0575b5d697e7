//! The list of what a provider offers.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    action::Action,
    data_source::DataSource,
    ephemeral_resource::EphemeralResource,
    framework::erased::{
        ErasedDataSource, ErasedEphemeralResource, ErasedFunction, ErasedGenerateConfig,
        ErasedMoveState, ErasedResource, TypedDataSource, TypedEphemeralResource,
        TypedGenerateConfig, TypedMoveState, TypedResource,
        action::{ErasedAction, TypedAction},
        identity::{ErasedIdentity, TypedIdentity},
        list_resource::{ErasedListResource, TypedListResource},
    },
    function::Function,
    generate_config::GenerateConfig,
    list_resource::ListResource,
    move_state::MoveState,
    resource::Resource,
    resource_identity::ResourceIdentity,
};

/// The list of what a provider whose configured form is `P` offers.
///
/// A second entry of the same kind and name replaces the first.
pub struct Registry<P: Send + Sync + 'static> {
    pub(crate) resources: BTreeMap<String, Arc<dyn ErasedResource<P>>>,
    pub(crate) data_sources: BTreeMap<String, Arc<dyn ErasedDataSource<P>>>,
    pub(crate) functions: BTreeMap<String, Arc<dyn ErasedFunction>>,
    pub(crate) ephemeral_resources: BTreeMap<String, Arc<dyn ErasedEphemeralResource<P>>>,
    pub(crate) state_movers: BTreeMap<String, Arc<dyn ErasedMoveState<P>>>,
    pub(crate) config_generators: BTreeMap<String, Arc<dyn ErasedGenerateConfig<P>>>,
    pub(crate) identities: BTreeMap<String, Arc<dyn ErasedIdentity<P>>>,
    pub(crate) list_resources: BTreeMap<String, Arc<dyn ErasedListResource<P>>>,
    pub(crate) actions: BTreeMap<String, Arc<dyn ErasedAction<P>>>,
}

impl<P: Send + Sync + 'static> Registry<P> {
    pub(crate) fn new() -> Self {
        Self {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            functions: BTreeMap::new(),
            ephemeral_resources: BTreeMap::new(),
            state_movers: BTreeMap::new(),
            config_generators: BTreeMap::new(),
            identities: BTreeMap::new(),
            list_resources: BTreeMap::new(),
            actions: BTreeMap::new(),
        }
    }

    /// Adds a managed resource.
    pub fn resource(&mut self, resource: impl Resource<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.resources
            .insert(name, Arc::new(TypedResource::new(resource)));
        self
    }

    /// Adds a data source.
    pub fn data_source(&mut self, data_source: impl DataSource<P>) -> &mut Self {
        let name = data_source.type_name().to_owned();
        self.data_sources
            .insert(name, Arc::new(TypedDataSource::new(data_source)));
        self
    }

    /// Adds a function.
    pub fn function(&mut self, function: impl Function) -> &mut Self {
        self.functions
            .insert(function.name().to_owned(), Arc::new(function));
        self
    }

    /// Adds an ephemeral resource.
    pub fn ephemeral_resource(&mut self, resource: impl EphemeralResource<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.ephemeral_resources
            .insert(name, Arc::new(TypedEphemeralResource::new(resource)));
        self
    }

    /// Lets a managed resource take over states of other types. It is added with
    /// [`Registry::resource`] as well.
    pub fn move_state(&mut self, resource: impl MoveState<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.state_movers
            .insert(name, Arc::new(TypedMoveState::new(resource)));
        self
    }

    /// Lets a managed resource adjust the configurations that are generated for it. It is added
    /// with [`Registry::resource`] as well.
    pub fn generate_config(&mut self, resource: impl GenerateConfig<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.config_generators
            .insert(name, Arc::new(TypedGenerateConfig::new(resource)));
        self
    }

    /// Adds the identity of a managed resource, which is added itself with
    /// [`Registry::resource`].
    pub fn identity(&mut self, resource: impl ResourceIdentity<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.identities
            .insert(name, Arc::new(TypedIdentity::new(resource)));
        self
    }

    /// Adds the listing of a managed resource's objects; the resource and its identity are added
    /// themselves with [`Registry::resource`] and [`Registry::identity`].
    pub fn list_resource(&mut self, resource: impl ListResource<P>) -> &mut Self {
        let name = resource.type_name().to_owned();
        self.list_resources
            .insert(name, Arc::new(TypedListResource::new(resource)));
        self
    }

    /// Adds an action.
    pub fn action(&mut self, action: impl Action<P>) -> &mut Self {
        let name = action.type_name().to_owned();
        self.actions
            .insert(name, Arc::new(TypedAction::new(action)));
        self
    }
}
