//! ApplyResourceChange: creates, updates or destroys a resource.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::apply_resource_change::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn apply_resource_change<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("ApplyResourceChange", &request.type_name);
    // What Terraform is told if the operation comes to no result: what was there is there still.
    let known = (request.prior_state.clone(), request.planned_private.clone());
    let change = from_proto::apply_change(request);
    let identity = server.identity_before(&change);
    let operation = async move |context| server.apply_resource_change(&context, change).await;
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            new_state: result.state.map(to_proto::dynamic_value),
            private: result.private,
            new_identity: result.identity.map(to_proto::identity),
            diagnostics: to_proto::diagnostics(result.diagnostics),
            ..Response::default()
        },
        Err(bug) => Response {
            new_state: known.0,
            private: known.1,
            new_identity: identity.map(to_proto::identity),
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
