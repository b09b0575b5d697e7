//! GetResourceIdentitySchemas: none yet. Newer clients ask right after the schema.

use super::Service;
use crate::{
    proto::tfplugin6::get_resource_identity_schemas::{Request, Response},
    provider::Provider,
};

pub(super) async fn get_resource_identity_schemas<P: Provider>(
    _service: &Service<P>,
    _request: Request,
) -> Response {
    Response::default()
}
