//! UpgradeResourceState: reads a stored state, of this or an older version of the schema.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::upgrade_resource_state::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn upgrade_resource_state<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("UpgradeResourceState", &request.type_name);
    let operation = async move |context| {
        let state = from_proto::raw_state(request.raw_state);
        server
            .upgrade_resource_state(&context, &request.type_name, request.version, state)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            upgraded_state: result.state.map(to_proto::dynamic_value),
            diagnostics: to_proto::diagnostics(result.diagnostics),
        },
        Err(bug) => Response {
            upgraded_state: None,
            diagnostics: vec![to_proto::diagnostic(bug)],
        },
    }
}
