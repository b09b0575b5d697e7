//! StopProvider: the practitioner interrupted Terraform, so what is running should come to an end.

use super::Service;
use crate::{
    proto::tfplugin6::stop_provider::{Request, Response},
    provider::Provider,
};

pub(super) async fn stop_provider<P: Provider>(
    service: &Service<P>,
    _request: Request,
) -> Response {
    tracing::info!("the client asks to stop the operations under way");
    service.operations.stop();
    Response::default()
}
