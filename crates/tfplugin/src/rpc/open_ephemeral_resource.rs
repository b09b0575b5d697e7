//! OpenEphemeralResource: opens an ephemeral resource, whose values are never stored.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::open_ephemeral_resource::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn open_ephemeral_resource<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("OpenEphemeralResource", &request.type_name);
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server
            .open_ephemeral_resource(&context, &request.type_name, config)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            diagnostics: to_proto::diagnostics(result.diagnostics),
            renew_at: result.renew_at.map(Into::into),
            result: result.result.map(to_proto::dynamic_value),
            private: to_proto::private(result.private),
            deferred: None,
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
