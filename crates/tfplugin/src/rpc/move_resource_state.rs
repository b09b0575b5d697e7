//! MoveResourceState: refused, since no resource takes over the state of another type yet.

use super::Service;
use crate::{
    diagnostic::Diagnostic,
    proto::tfplugin6::move_resource_state::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn move_resource_state<P: Provider>(
    _service: &Service<P>,
    request: Request,
) -> Response {
    let refusal = Diagnostic::error(
        "Moved Resource Not Supported",
        format!(
            "{} cannot take over the state of {} from {}: remove the old resource from the state \
             with a \"removed\" block and import the new one.",
            request.target_type_name, request.source_type_name, request.source_provider_address,
        ),
    );
    Response {
        diagnostics: vec![to_proto::diagnostic(refusal)],
        ..Response::default()
    }
}
