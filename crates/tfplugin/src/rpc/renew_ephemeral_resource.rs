//! RenewEphemeralResource: keeps an ephemeral resource open for longer.

use super::Service;
use crate::{
    proto::tfplugin6::renew_ephemeral_resource::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn renew_ephemeral_resource<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("RenewEphemeralResource", &request.type_name);
    let operation = async move |context| {
        let private = request.private.unwrap_or_default();
        server
            .renew_ephemeral_resource(&context, &request.type_name, &private)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            diagnostics: to_proto::diagnostics(result.diagnostics),
            renew_at: result.renew_at.map(Into::into),
            private: to_proto::private(result.private),
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
