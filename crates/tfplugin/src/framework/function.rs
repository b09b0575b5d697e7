//! Calling a function.

use super::Server;
use crate::{
    function::{FunctionError, Parameter},
    provider::Provider,
    value::{Encoded, Value},
};

impl<P: Provider> Server<P> {
    /// Calls a function; the provider need not be configured.
    pub(crate) fn call_function(
        &self,
        name: &str,
        arguments: Vec<Encoded>,
    ) -> Result<Encoded, FunctionError> {
        let function = self.registry.functions.get(name).ok_or_else(|| {
            error(format!(
                "Version {} of the provider {} has no function {name:?}.",
                self.provider().version(),
                self.provider().name()
            ))
        })?;
        let signature = function.signature();
        let expected = signature.parameters.len();
        if arguments.len() < expected
            || (arguments.len() > expected && signature.variadic.is_none())
        {
            return Err(error(format!(
                "The function {name} takes {expected} arguments, but {} were given.",
                arguments.len()
            )));
        }
        let parameters = signature
            .parameters
            .iter()
            .chain(std::iter::repeat_with(|| signature.variadic.as_ref()).map_while(|it| it));
        let mut values = Vec::with_capacity(arguments.len());
        for (index, (encoded, parameter)) in (0..).zip(arguments.iter().zip(parameters)) {
            let value = argument(encoded, parameter, index)?;
            if !parameter.allow_unknown && !value.is_wholly_known() {
                return encode(&Value::UNKNOWN, &signature.result);
            }
            values.push(value);
        }
        encode(&function.call(values)?, &signature.result)
    }
}

fn argument(encoded: &Encoded, parameter: &Parameter, index: i64) -> Result<Value, FunctionError> {
    let blame = |text: String| FunctionError {
        text,
        argument: Some(index),
    };
    let value = encoded.decode(&parameter.r#type).map_err(|error| {
        blame(format!(
            "Cannot read the argument {}: {error}.",
            parameter.name
        ))
    })?;
    if value.is_null() && !parameter.allow_null {
        return Err(blame(format!(
            "The argument {} must not be null.",
            parameter.name
        )));
    }
    Ok(value)
}

fn encode(value: &Value, r#type: &crate::value::Type) -> Result<Encoded, FunctionError> {
    Encoded::encode(value, r#type).map_err(|error_of| {
        error(format!(
            "Bug in the provider: the result of the function is not of its type: {error_of}."
        ))
    })
}

fn error(text: String) -> FunctionError {
    FunctionError {
        text,
        argument: None,
    }
}
