//! PlanResourceChange: what the state would be after an apply.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::plan_resource_change::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn plan_resource_change<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("PlanResourceChange", &request.type_name);
    // What Terraform is told if the operation comes to no result: no change is planned.
    let known = (
        request.prior_state.clone(),
        request.prior_private.clone(),
        request.prior_identity.clone(),
    );
    let operation = async move |context| {
        let change = from_proto::plan_change(request);
        server.plan_resource_change(&context, change).await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            planned_state: result.planned_state.map(to_proto::dynamic_value),
            requires_replace: result
                .requires_replace
                .into_iter()
                .map(to_proto::attribute_path)
                .collect(),
            planned_private: result.planned_private,
            planned_identity: result.planned_identity.map(to_proto::identity),
            diagnostics: to_proto::diagnostics(result.diagnostics),
            ..Response::default()
        },
        Err(bug) => Response {
            planned_state: known.0,
            planned_private: known.1,
            planned_identity: known.2,
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
