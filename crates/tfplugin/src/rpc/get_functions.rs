//! GetFunctions: the signatures of the functions. OpenTofu asks for them, Terraform does not.

use super::Service;
use crate::{
    proto::tfplugin6::get_functions::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn get_functions<P: Provider>(
    service: &Service<P>,
    _request: Request,
) -> Response {
    let server = service.server.clone();
    let operation = async move |_| to_proto::functions(&server.schema());
    match service
        .operations
        .run(service.call("GetFunctions"), operation)
        .await
    {
        Ok(functions) => Response {
            functions,
            diagnostics: Vec::new(),
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
