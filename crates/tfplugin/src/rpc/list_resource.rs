//! ListResource: the objects of a resource, each as it is found.

use tonic::codegen::BoxStream;

use super::Service;
use crate::{
    diagnostic::Diagnostics,
    from_proto,
    proto::tfplugin6::list_resource::{Event, Request},
    provider::Provider,
    to_proto,
};

pub(super) fn list_resource<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> BoxStream<Event> {
    let server = service.server.clone();
    let call = service.call_for("ListResource", &request.type_name);
    let operation = async move |context, results| {
        let query = from_proto::list_query(request);
        server.list_resources(&context, query, results).await
    };
    // What ends the listing comes last, without an object.
    let end = |ended: Result<Diagnostics, _>| {
        let diagnostics = ended.unwrap_or_else(Diagnostics::from);
        (!diagnostics.is_empty()).then(|| Event {
            diagnostic: to_proto::diagnostics(diagnostics),
            ..Event::default()
        })
    };
    service
        .operations
        .stream(call, operation, to_proto::list_item, end)
}
