//! The gRPC server: go-plugin's own services beside those of the caller, until the process ends.

use std::{io, sync::Arc};

use tonic::{body::Body, codegen::http::Request, service::Routes, transport::Server};
use tower::{ServiceExt, service_fn};

use super::{
    Mode, broker::Broker, connection, controller::Controller, lifecycle::Lifecycle,
    listener::Listener, signals, stdio::Stdio,
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

/// Serves on `listener`, to each connection what `routes` gives for it, until the process is asked to end, and then
/// until the last call is answered.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<Arc<rustls::ServerConfig>>,
    lifecycle: Lifecycle,
    mode: Mode,
    routes: impl Fn() -> Routes + Send + Sync + 'static,
) -> Result<(), Error> {
    signals::handle(&lifecycle, mode)?;
    if mode == Mode::Plugin {
        signals::end_with_parent(&lifecycle);
    }
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status(HEALTH_SERVICE, tonic_health::ServingStatus::Serving)
        .await;
    let broker = GrpcBrokerServer::new(Broker {
        lifecycle: lifecycle.clone(),
    });
    let stdio = GrpcStdioServer::new(Stdio {
        lifecycle: lifecycle.clone(),
    });
    let controller = GrpcControllerServer::new(Controller {
        lifecycle: lifecycle.clone(),
    });
    let routes = move || {
        routes()
            .add_service(health.clone())
            .add_service(broker.clone())
            .add_service(stdio.clone())
            .add_service(controller.clone())
            .prepare()
    };
    // Removed at the end of this function, whatever tasks are left.
    let (listener, _files) = listener.into_async()?;
    let connections = connection::accept(listener, tls, lifecycle.clone(), routes);
    let service = service_fn(|request: Request<Body>| {
        let of_connection = request.extensions().get::<Routes>();
        of_connection.cloned().unwrap_or_default().oneshot(request)
    });
    Server::builder()
        .serve_with_incoming_shutdown(service, connections, lifecycle.ending())
        .await?;
    Ok(())
}
