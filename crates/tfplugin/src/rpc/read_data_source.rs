//! ReadDataSource: the data that a configuration asks for.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::read_data_source::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn read_data_source<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("ReadDataSource", &request.type_name);
    let operation = async move |context| {
        let config = from_proto::encoded(request.config);
        server
            .read_data_source(&context, &request.type_name, config)
            .await
    };
    match service.operations.run(call, operation).await {
        Ok(result) => Response {
            state: result.state.map(to_proto::dynamic_value),
            diagnostics: to_proto::diagnostics(result.diagnostics),
            deferred: None,
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
