//! The connection broker: Terraform opens its stream and never announces anything.

use tonic::{Request, Response, Status, Streaming};

use super::{
    lifecycle::Lifecycle,
    stdio::{Idle, idle},
};
use crate::proto::plugin::{ConnInfo, grpc_broker_server::GrpcBroker};

/// Holds each stream open until the process ends.
pub(super) struct Broker {
    pub(super) lifecycle: Lifecycle,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        _announcements: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Idle<ConnInfo>>, Status> {
        Ok(Response::new(idle(&self.lifecycle)))
    }
}
