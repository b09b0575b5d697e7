//! OpenEphemeralResource: opens an ephemeral resource, whose values are never stored. When the client
//! goes away meanwhile, the operation is stopped, and what it opened all the same is closed.

use tokio_util::sync::CancellationToken;

use super::Service;
use crate::{
    context::Context,
    from_proto,
    proto::tfplugin6::open_ephemeral_resource::{Request, Response},
    provider::Provider,
    to_proto,
};

pub(super) async fn open_ephemeral_resource<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> Response {
    let server = service.server.clone();
    let call = service.call_for("OpenEphemeralResource", &request.type_name);
    let gone = CancellationToken::new();
    let client = gone.clone().drop_guard();
    let operation = async move |context: Context| {
        let config = from_proto::encoded(request.config);
        let opening = server.open_ephemeral_resource(&context, &request.type_name, config);
        tokio::pin!(opening);
        let opened = tokio::select! {
            opened = &mut opening => opened,
            () = gone.cancelled() => {
                context.cancellation().cancel();
                opening.await
            }
        };
        if opened.result.is_some() && gone.is_cancelled() {
            // Nobody else knows that it is open.
            let closed = server
                .close_unheard(&context, &request.type_name, &opened.private)
                .await;
            tracing::info!(failed = closed.has_errors(), "closed what nobody waits for");
        }
        opened
    };
    let opened = service.operations.run(call, operation).await;
    client.disarm();
    match opened {
        Ok(result) => Response {
            diagnostics: to_proto::diagnostics(result.diagnostics),
            renew_at: result.renew_at.map(Into::into),
            result: result.result.map(to_proto::dynamic_value),
            private: to_proto::private(result.private),
            deferred: None,
        },
        Err(bug) => Response {
            diagnostics: vec![to_proto::diagnostic(bug)],
            ..Response::default()
        },
    }
}
