//! The gRPC server: go-plugin's own services beside those of the caller, until the process ends.

use std::{io, sync::Arc};

use tonic::{service::Routes, transport::Server};

pub(crate) use super::signals::OnInterrupt;
use super::{
    broker::Broker, connection, controller::Controller, lifecycle::Lifecycle, listener::Listener,
    signals, stdio::Stdio,
};
use crate::proto::plugin::{
    grpc_broker_server::GrpcBrokerServer, grpc_controller_server::GrpcControllerServer,
    grpc_stdio_server::GrpcStdioServer,
};

/// The name under which clients ask for the server's health.
const HEALTH_SERVICE: &str = "plugin";

/// Why the server stopped without having been asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The socket or the signals could not be handed to the runtime.
    #[error("cannot serve: {0}")]
    Start(#[from] io::Error),
    /// The server gave up.
    #[error("the server failed: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves `routes` on `listener` until the process is asked to end, and then until the last call
/// is answered.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<Arc<rustls::ServerConfig>>,
    lifecycle: Lifecycle,
    on_interrupt: OnInterrupt,
    routes: Routes,
) -> Result<(), Error> {
    signals::handle(&lifecycle, on_interrupt)?;
    if on_interrupt == OnInterrupt::Tell {
        signals::end_with_parent(&lifecycle);
    }
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status(HEALTH_SERVICE, tonic_health::ServingStatus::Serving)
        .await;
    let routes = routes
        .add_service(health)
        .add_service(GrpcBrokerServer::new(Broker {
            lifecycle: lifecycle.clone(),
        }))
        .add_service(GrpcStdioServer::new(Stdio {
            lifecycle: lifecycle.clone(),
        }))
        .add_service(GrpcControllerServer::new(Controller {
            lifecycle: lifecycle.clone(),
        }));
    // Removed at the end of this function, whatever tasks are left.
    let (listener, _files) = listener.into_async()?;
    let connections = connection::accept(listener, tls, lifecycle.clone());
    Server::builder()
        .add_routes(routes)
        .serve_with_incoming_shutdown(connections, lifecycle.ending())
        .await?;
    Ok(())
}
