//! Everything that a provider has, with schemas or by name.

use std::collections::BTreeMap;

use super::{functions, schema};
use crate::{
    framework::ProviderSchema,
    proto::tfplugin6::{ActionSchema, ServerCapabilities, get_metadata, get_provider_schema},
    schema::Schema,
};

/// What a provider can do: what every one on this crate can, and what it registered.
fn capabilities(provider: &ProviderSchema) -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: !provider.move_sources.is_empty(),
        generate_resource_config: !provider.resources.is_empty(),
    }
}

/// Everything, with its schemas.
pub(crate) fn provider_schema(provider: &ProviderSchema) -> get_provider_schema::Response {
    let schemas = |schemas: &BTreeMap<String, Schema>| {
        schemas
            .iter()
            .map(|(name, found)| (name.clone(), schema(found)))
            .collect::<BTreeMap<_, _>>()
    };
    get_provider_schema::Response {
        provider: Some(schema(&provider.provider)),
        resource_schemas: schemas(&provider.resources),
        data_source_schemas: schemas(&provider.data_sources),
        server_capabilities: Some(capabilities(provider)),
        functions: functions(provider),
        ephemeral_resource_schemas: schemas(&provider.ephemeral_resources),
        list_resource_schemas: schemas(&provider.list_resources),
        action_schemas: schemas(&provider.actions)
            .into_iter()
            .map(|(name, schema)| {
                (
                    name,
                    ActionSchema {
                        schema: Some(schema),
                    },
                )
            })
            .collect(),
        ..get_provider_schema::Response::default()
    }
}

/// Everything by name.
pub(crate) fn metadata(provider: &ProviderSchema) -> get_metadata::Response {
    let resources = provider.resources.keys().cloned();
    let data_sources = provider.data_sources.keys().cloned();
    let functions = provider.functions.keys().cloned();
    let ephemeral_resources = provider.ephemeral_resources.keys().cloned();
    let list_resources = provider.list_resources.keys().cloned();
    let actions = provider.actions.keys().cloned();
    get_metadata::Response {
        server_capabilities: Some(capabilities(provider)),
        resources: resources
            .map(|type_name| get_metadata::ResourceMetadata { type_name })
            .collect(),
        data_sources: data_sources
            .map(|type_name| get_metadata::DataSourceMetadata { type_name })
            .collect(),
        functions: functions
            .map(|name| get_metadata::FunctionMetadata { name })
            .collect(),
        ephemeral_resources: ephemeral_resources
            .map(|type_name| get_metadata::EphemeralMetadata { type_name })
            .collect(),
        list_resources: list_resources
            .map(|type_name| get_metadata::ListResourceMetadata { type_name })
            .collect(),
        actions: actions
            .map(|type_name| get_metadata::ActionMetadata { type_name })
            .collect(),
        ..get_metadata::Response::default()
    }
}
