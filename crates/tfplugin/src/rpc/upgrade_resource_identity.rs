//! UpgradeResourceIdentity: reads a stored identity, of this or an older version of its schema.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::upgrade_resource_identity::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn upgrade_resource_identity<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("UpgradeResourceIdentity", &request.type_name);
    let operation = async move |context| {
        let identity = from_proto::raw_state(request.raw_identity);
        server
            .upgrade_resource_identity(&context, &request.type_name, request.version, identity)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            upgraded_identity: result.identity.map(to_proto::identity),
            diagnostics: to_proto::diagnostics(result.diagnostics),
        },
        Err(bug) => Response {
            upgraded_identity: None,
            diagnostics: vec![to_proto::diagnostic(bug)],
        },
    }
}
