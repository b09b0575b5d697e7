//! GenerateResourceConfig: the configuration of something that was imported.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::generate_resource_config::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn generate_resource_config<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("GenerateResourceConfig", &request.type_name);
    let operation = async move |context| {
        let state = from_proto::encoded(request.state);
        server
            .generate_resource_config(&context, &request.type_name, state)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            config: result.config.map(to_proto::dynamic_value),
            diagnostics: to_proto::diagnostics(result.diagnostics),
        },
        Err(bug) => Response {
            config: None,
            diagnostics: vec![to_proto::diagnostic(bug)],
        },
    }
}
