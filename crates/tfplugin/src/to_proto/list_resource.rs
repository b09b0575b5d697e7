//! The items of a list resource.

use super::{diagnostics, dynamic_value, identity};
use crate::{list_sink::EncodedListItem, proto::tfplugin6::list_resource::Event};

/// An item that was found.
pub(crate) fn list_item(item: EncodedListItem) -> Event {
    Event {
        identity: item.identity.map(identity),
        display_name: item.display_name,
        resource_object: item.resource.map(dynamic_value),
        diagnostic: diagnostics(item.diagnostics),
    }
}
