//! CloseEphemeralResource: nobody uses an ephemeral resource any more.

use super::Service;
use crate::{
    proto::tfplugin6::close_ephemeral_resource::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn close_ephemeral_resource<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("CloseEphemeralResource", &request.type_name);
    let operation = async move |context| {
        let private = request.private.unwrap_or_default();
        server
            .close_ephemeral_resource(&context, &request.type_name, &private)
            .await
    };
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
    }
}
