//! GetMetadata: the names of everything, without the schemas.

use super::Service;
use crate::{
    proto::tfplugin6::get_metadata::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn get_metadata<P: Provider>(service: &Service<P>, _request: Request) -> Response {
    let server = service.server.clone();
    let operation = async move |_| to_proto::metadata(&server.schema());
    match service
        .operations
        .run(service.call("GetMetadata"), operation)
        .await
    {
        Ok(response) => response,
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
