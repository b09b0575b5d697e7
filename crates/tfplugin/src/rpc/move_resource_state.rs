//! MoveResourceState: the state of a resource, made from that of another type.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::move_resource_state::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn move_resource_state<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("MoveResourceState", &request.target_type_name);
    let operation = async move |context| {
        let change = from_proto::move_change(request);
        server.move_resource_state(&context, change).await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => {
            let (state, private) = result.target.unzip();
            Response {
                target_state: state.map(to_proto::dynamic_value),
                diagnostics: to_proto::diagnostics(result.diagnostics),
                target_private: private.unwrap_or_default(),
                // Without one, the client asks for it with the next read.
                target_identity: None,
            }
        }
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
