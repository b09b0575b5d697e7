//! The controller: the client's way to end the process at the end of a phase.

use tonic::{Request, Response, Status};

use super::lifecycle::{Lifecycle, Reason};
use crate::proto::plugin::{Empty, grpc_controller_server::GrpcController};

/// Ends the process when it is asked to.
pub(super) struct Controller {
    pub(super) lifecycle: Lifecycle,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the client asks to shut down");
        self.lifecycle.end(Reason::Shutdown);
        Ok(Response::new(Empty {}))
    }
}
