//! ReadResource: the state of a resource as it really is.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::read_resource::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn read_resource<P: Provider>(service: &Service<P>, request: Request) -> Response {
    let server = service.server.clone();
    let call = service.call_for("ReadResource", &request.type_name);
    // What Terraform is told if the operation comes to no result: nothing changed.
    let known = (
        request.current_state.clone(),
        request.private.clone(),
        request.current_identity.clone(),
    );
    let operation = async move |context| {
        let state = from_proto::encoded(request.current_state);
        let identity = from_proto::identity(request.current_identity);
        server
            .read_resource(
                &context,
                &request.type_name,
                state,
                request.private,
                identity,
            )
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            new_state: result.state.map(to_proto::dynamic_value),
            diagnostics: to_proto::diagnostics(result.diagnostics),
            private: result.private,
            new_identity: result.identity.map(to_proto::identity),
            ..Response::default()
        },
        Err(bug) => Response {
            new_state: known.0,
            diagnostics: vec![to_proto::diagnostic(bug)],
            private: known.1,
            new_identity: known.2,
            ..Response::default()
        },
    }
}
