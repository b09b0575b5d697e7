//! States that a resource takes over from another type.

use super::raw_state;
use crate::{framework::MoveChange, proto::tfplugin6::move_resource_state};

/// A state to take over. An identity without content is none.
pub(crate) fn move_change(request: move_resource_state::Request) -> MoveChange {
    MoveChange {
        source_provider_address: request.source_provider_address,
        source_type_name: request.source_type_name,
        source_schema_version: request.source_schema_version,
        source_state: raw_state(request.source_state),
        source_private: request.source_private,
        source_identity: request
            .source_identity
            .filter(|identity| !identity.json.is_empty() || !identity.flatmap.is_empty())
            .map(|identity| raw_state(Some(identity))),
        source_identity_schema_version: request.source_identity_schema_version,
        target_type_name: request.target_type_name,
    }
}
