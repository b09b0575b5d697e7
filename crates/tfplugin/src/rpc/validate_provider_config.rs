//! ValidateProviderConfig: checks the provider block alone.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::validate_provider_config::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn validate_provider_config<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server.validate_provider_config(&context, config).await
    };
    let call = service.call("ValidateProviderConfig");
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
    }
}
