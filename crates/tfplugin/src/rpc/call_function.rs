//! CallFunction: the result of a function. It has no diagnostics, only one error text.

use super::Service;
use crate::{
    from_proto,
    proto::tfplugin6::{
        FunctionError,
        call_function::{Request, Response},
    },
    provider::Provider,
    to_proto,
};

pub(super) async fn call_function<P: Provider>(service: &Service<P>, request: Request) -> Response {
    let server = service.server.clone();
    let call = service.call_for("CallFunction", &request.name);
    let operation = async move |_| {
        let arguments = request.arguments.into_iter();
        let arguments = arguments.map(|argument| from_proto::encoded(Some(argument)));
        server.call_function(&request.name, arguments.collect())
    };
    match service.operations.run(call, operation).await {
        Ok(Ok(result)) => Response {
            result: Some(to_proto::dynamic_value(result)),
            error: None,
        },
        Ok(Err(error)) => Response {
            result: None,
            error: Some(to_proto::function_error(error)),
        },
        Err(bug) => Response {
            result: None,
            error: Some(FunctionError {
                text: format!("{}: {}", bug.summary, bug.detail),
                function_argument: None,
            }),
        },
    }
}
