//! StopProvider: the practitioner interrupted Terraform, so the run should come to an end: what is running, and what
//! Terraform may still begin.

use super::Service;
use crate::{
    proto::tfplugin6::stop_provider::{Request, Response},
    provider::Provider,
};

pub(super) async fn stop_provider<P: Provider>(
    service: &Service<P>,
    _request: Request,
) -> Response {
    tracing::info!("the client asks to stop the operations of this run");
    service.operations.stop();
    Response::default()
}
