//! ValidateResourceConfig: checks a resource block alone.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::validate_resource_config::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn validate_resource_config<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("ValidateResourceConfig", &request.type_name);
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        let write_only_attributes_allowed = request
            .client_capabilities
            .is_some_and(|capabilities| capabilities.write_only_attributes_allowed);
        server
            .validate_resource_config(
                &context,
                &request.type_name,
                config,
                write_only_attributes_allowed,
            )
            .await
    };
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
    }
}
