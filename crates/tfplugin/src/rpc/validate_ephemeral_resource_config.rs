//! ValidateEphemeralResourceConfig: checks an ephemeral block alone.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::validate_ephemeral_resource_config::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn validate_ephemeral_resource_config<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("ValidateEphemeralResourceConfig", &request.type_name);
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server
            .validate_ephemeral_resource_config(&context, &request.type_name, config)
            .await
    };
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
    }
}
