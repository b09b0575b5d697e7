//! Identities and their schemas.

use std::collections::BTreeMap;

use super::dynamic_value;
use crate::{
    framework::ProviderSchema,
    proto::tfplugin6::{self as proto, resource_identity_schema},
    schema::{IdentityAttribute, IdentitySchema},
    value::Encoded,
};

/// An identity, encoded by the framework.
pub(crate) fn identity(identity: Encoded) -> proto::ResourceIdentityData {
    proto::ResourceIdentityData {
        identity_data: Some(dynamic_value(identity)),
    }
}

/// The schemas of all identities, by the type name of the resource.
pub(crate) fn identity_schemas(
    schema: &ProviderSchema,
) -> BTreeMap<String, proto::ResourceIdentitySchema> {
    schema
        .identities
        .iter()
        .map(|(name, schema)| (name.clone(), identity_schema(schema)))
        .collect()
}

/// The schema of an identity.
fn identity_schema(schema: &IdentitySchema) -> proto::ResourceIdentitySchema {
    proto::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: schema.attributes.iter().map(attribute).collect(),
    }
}

fn attribute(attribute: &IdentityAttribute) -> resource_identity_schema::IdentityAttribute {
    resource_identity_schema::IdentityAttribute {
        name: attribute.name.clone(),
        r#type: attribute.r#type.signature(),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    }
}
