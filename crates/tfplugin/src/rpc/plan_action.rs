//! PlanAction: looks at what an action is going to do. Nothing is ever deferred.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::plan_action::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn plan_action<P: Provider>(service: &Service<P>, request: Request) -> Response {
    let server = service.server.clone();
    let call = service.call_for("PlanAction", &request.action_type);
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server
            .plan_action(&context, &request.action_type, config)
            .await
    };
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
        deferred: None,
    }
}
