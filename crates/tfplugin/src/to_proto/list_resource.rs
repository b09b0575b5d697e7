//! What a list resource found.

use super::{diagnostics, dynamic_value, identity};
use crate::{listing::ListedResource, proto::tfplugin6::list_resource::Event};

/// An object that was found.
pub(crate) fn listed_resource(listed: ListedResource) -> Event {
    Event {
        identity: listed.identity.map(identity),
        display_name: listed.display_name,
        resource_object: listed.resource.map(dynamic_value),
        diagnostic: diagnostics(listed.diagnostics),
    }
}
