//! GetResourceIdentitySchemas: the schemas of the identities. Newer clients ask right after the
//! schema.

use super::Service;
use crate::{
    proto::tfplugin6::get_resource_identity_schemas::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn get_resource_identity_schemas<P: Provider>(
    service: &Service<P>,
    _request: Request,
) -> Response {
    let server = service.server.clone();
    let operation = async move |_| to_proto::identity_schemas(&server.schema());
    match service
        .operations
        .run(service.call("GetResourceIdentitySchemas"), operation)
        .await
    {
        Ok(identity_schemas) => Response {
            identity_schemas,
            diagnostics: Vec::new(),
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
