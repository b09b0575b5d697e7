//! InvokeAction: does what an action is for, and tells how it is getting on.

use tonic::codegen::BoxStream;

use super::Service;
use crate::{
    diagnostic::Diagnostics,
    from_proto,
    proto::tfplugin6::invoke_action::{
        Event, Request,
        event::{Completed, Progress, Type},
    },
    provider::Provider,
    to_proto,
};

pub(super) fn invoke_action<P: Provider>(
    service: &Service<P>,
    request: Request,
) -> BoxStream<Event> {
    let server = service.server.clone();
    let call = service.call_for("InvokeAction", &request.action_type);
    let operation = async move |context, progress| {
        let config = from_proto::encoded(request.config);
        server
            .invoke_action(&context, &request.action_type, config, progress)
            .await
    };
    let progress = |message| event(Type::Progress(Progress { message }));
    // Terraform waits for exactly one of these, whatever happened.
    let end = |ended: Result<Diagnostics, _>| {
        let diagnostics = to_proto::diagnostics(ended.unwrap_or_else(Diagnostics::from));
        Some(event(Type::Completed(Completed { diagnostics })))
    };
    service.operations.stream(call, operation, progress, end)
}

/// An event; Terraform panics at one that is nothing.
fn event(r#type: Type) -> Event {
    Event {
        r#type: Some(r#type),
    }
}
