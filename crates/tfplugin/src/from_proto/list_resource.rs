//! What is to be listed.

use super::encoded;
use crate::{framework::ListQuery, proto::tfplugin6::list_resource};

/// A listing.
pub(crate) fn list_query(request: list_resource::Request) -> ListQuery {
    ListQuery {
        type_name: request.type_name,
        config: encoded(request.config),
        include_resource: request.include_resource_object,
        limit: request.limit,
    }
}
