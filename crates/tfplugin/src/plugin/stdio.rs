//! The forwarding of standard output, of which there is none: logs go to standard error.

use futures::{FutureExt, StreamExt};
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::lifecycle::Lifecycle;
use crate::proto::plugin::{StdioData, grpc_stdio_server::GrpcStdio};

/// A stream of messages that never come.
pub(super) type Idle<T> = BoxStream<T>;

/// A stream without messages, which ends with the process. Clients complain about one that ends
/// earlier, and a graceful stop would wait for one that ends later.
pub(super) fn idle<T: Send + 'static>(lifecycle: &Lifecycle) -> Idle<T> {
    let end = lifecycle.ending().into_stream();
    Box::pin(end.filter_map(|()| std::future::ready(None)))
}

/// Holds each stream open until the process ends.
pub(super) struct Stdio {
    pub(super) lifecycle: Lifecycle,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(
        &self,
        _request: Request<()>,
    ) -> Result<Response<Idle<StdioData>>, Status> {
        Ok(Response::new(idle(&self.lifecycle)))
    }
}
