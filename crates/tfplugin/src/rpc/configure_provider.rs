//! ConfigureProvider: makes the provider that the operations after it use.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::configure_provider::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn configure_provider<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    service.operations.begin_run();
    let server = service.server.clone();
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server
            .configure_provider(&context, request.terraform_version, config)
            .await
    };
    let call = service.call("ConfigureProvider");
    Response {
        diagnostics: match service.operations.run(call, operation).await {
            Ok(diagnostics) => to_proto::diagnostics(diagnostics),
            Err(bug) => vec![to_proto::diagnostic(bug)],
        },
    }
}
