//! The list of what a provider offers.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    data_source::DataSource,
    framework::erased::{ErasedDataSource, ErasedResource, TypedDataSource, TypedResource},
    function::Function,
    resource::Resource,
};

/// The list of what a provider whose configured form is `P` offers.
///
/// A second entry of the same kind and name replaces the first.
pub struct Registry<P: Send + Sync + 'static> {
    pub(crate) resources: BTreeMap<String, Arc<dyn ErasedResource<P>>>,
    pub(crate) data_sources: BTreeMap<String, Arc<dyn ErasedDataSource<P>>>,
    pub(crate) functions: BTreeMap<String, Arc<dyn Function>>,
}

impl<P: Send + Sync + 'static> Registry<P> {
    pub(crate) fn new() -> Self {
        Self {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            functions: BTreeMap::new(),
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
}
