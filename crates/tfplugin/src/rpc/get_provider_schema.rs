//! GetProviderSchema: everything that the provider has, with its schemas.

use super::Service;
use crate::{
    proto::tfplugin6::get_provider_schema::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn get_provider_schema<P: Provider>(
    service: &Service<P>,
    _request: Request,
) -> Response {
    let server = service.server.clone();
    let operation = async move |_| to_proto::provider_schema(&server.schema());
    match service
        .operations
        .run(service.call("GetProviderSchema"), operation)
        .await
    {
        Ok(response) => response,
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
