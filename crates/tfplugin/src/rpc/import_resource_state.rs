//! ImportResourceState: the beginning of a state, from the id or the identity that
//! the practitioner gave.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::import_resource_state::{ImportedResource, Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn import_resource_state<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let type_name = request.type_name.clone();
    let call = service.call_for("ImportResourceState", &type_name);
    let operation = async move |context| {
        let identity = from_proto::identity(request.identity);
        server
            .import_resource_state(&context, &request.type_name, &request.id, identity)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            imported_resources: result
                .imported
                .map(|(state, private)| ImportedResource {
                    type_name,
                    state: Some(to_proto::dynamic_value(state)),
                    private,
                    identity: result.identity.map(to_proto::identity),
                })
                .into_iter()
                .collect(),
            diagnostics: to_proto::diagnostics(result.diagnostics),
            deferred: None,
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
