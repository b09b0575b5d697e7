//! The list of what a provider offers.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    action::Action,
    data_source::DataSource,
    ephemeral_resource::EphemeralResource,
    framework::erased::{
        ErasedAction, ErasedDataSource, ErasedEphemeralResource, ErasedFunction,
        ErasedGenerateConfig, ErasedIdentity, ErasedListResource, ErasedMoveState, ErasedResource,
        Offered, Typed, TypedIdentity, TypedListResource,
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
/// A second entry of the same kind and name replaces the first. Models must be serde's, which
/// [`Model`](trait@crate::Model) makes of them when it is derived.
pub struct Registry<P: Send + Sync + 'static> {
    pub(crate) resources: BTreeMap<String, Offered<ErasedResource<P>>>,
    pub(crate) data_sources: BTreeMap<String, Offered<ErasedDataSource<P>>>,
    pub(crate) functions: BTreeMap<String, Box<dyn ErasedFunction>>,
    pub(crate) ephemeral_resources: BTreeMap<String, Offered<ErasedEphemeralResource<P>>>,
    pub(crate) state_movers: BTreeMap<String, Box<ErasedMoveState<P>>>,
    pub(crate) config_generators: BTreeMap<String, Box<ErasedGenerateConfig<P>>>,
    pub(crate) identities: BTreeMap<String, Arc<dyn ErasedIdentity<P>>>,
    pub(crate) list_resources: BTreeMap<String, Offered<dyn ErasedListResource<P>>>,
    pub(crate) actions: BTreeMap<String, Offered<ErasedAction<P>>>,
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
    pub fn resource<R: Resource<P>>(&mut self, resource: R) -> &mut Self
    where
        R::Model: Serialize + DeserializeOwned,
    {
        let name = resource.type_name().to_owned();
        let typed = Typed::new(resource.schema(), resource);
        self.resources
            .insert(name, Offered::new(typed.codec(), Box::new(typed)));
        self
    }

    /// Adds a data source.
    pub fn data_source<D: DataSource<P>>(&mut self, data_source: D) -> &mut Self
    where
        D::Model: Serialize + DeserializeOwned,
    {
        let name = data_source.type_name().to_owned();
        let typed = Typed::new(data_source.schema(), data_source);
        self.data_sources
            .insert(name, Offered::new(typed.codec(), Box::new(typed)));
        self
    }

    /// Adds a function.
    pub fn function(&mut self, function: impl Function) -> &mut Self {
        let name = function.name().to_owned();
        self.functions.insert(name, Box::new(function));
        self
    }

    /// Adds an ephemeral resource.
    pub fn ephemeral_resource<E: EphemeralResource<P>>(&mut self, resource: E) -> &mut Self
    where
        E::Model: Serialize + DeserializeOwned,
    {
        let name = resource.type_name().to_owned();
        let typed = Typed::new(resource.schema(), resource);
        self.ephemeral_resources
            .insert(name, Offered::new(typed.codec(), Box::new(typed)));
        self
    }

    /// Lets a managed resource take over states of other types. It is added with
    /// [`Registry::resource`] as well.
    pub fn move_state<R: MoveState<P>>(&mut self, resource: R) -> &mut Self
    where
        R::Model: Serialize + DeserializeOwned,
    {
        let name = resource.type_name().to_owned();
        let typed = Typed::new(resource.schema(), resource);
        self.state_movers.insert(name, Box::new(typed));
        self
    }

    /// Lets a managed resource adjust the configurations that are generated for it. It is added
    /// with [`Registry::resource`] as well.
    pub fn generate_config<R: GenerateConfig<P>>(&mut self, resource: R) -> &mut Self
    where
        R::Model: Serialize + DeserializeOwned,
    {
        let name = resource.type_name().to_owned();
        let typed = Typed::new(resource.schema(), resource);
        self.config_generators.insert(name, Box::new(typed));
        self
    }

    /// Adds the identity of a managed resource, which is added itself with
    /// [`Registry::resource`].
    pub fn identity<R: ResourceIdentity<P>>(&mut self, resource: R) -> &mut Self
    where
        R::Model: Serialize + DeserializeOwned,
    {
        let name = resource.type_name().to_owned();
        let typed = TypedIdentity::new(resource);
        self.identities.insert(name, Arc::new(typed));
        self
    }

    /// Adds the listing of a managed resource's objects; the resource and its identity are added
    /// themselves with [`Registry::resource`] and [`Registry::identity`].
    pub fn list_resource<R: ListResource<P>>(&mut self, resource: R) -> &mut Self
    where
        R::Model: Serialize,
    {
        let name = resource.type_name().to_owned();
        let typed = TypedListResource::new(resource);
        self.list_resources
            .insert(name, Offered::new(typed.codec(), Box::new(typed)));
        self
    }

    /// Adds an action.
    pub fn action<A: Action<P>>(&mut self, action: A) -> &mut Self
    where
        A::Config: DeserializeOwned,
    {
        let name = action.type_name().to_owned();
        let typed = Typed::new(action.schema(), action);
        self.actions
            .insert(name, Offered::new(typed.codec(), Box::new(typed)));
        self
    }
}
