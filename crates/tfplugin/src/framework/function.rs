//! Calling a function.

use super::Server;
use crate::{
    function::{FunctionError, Parameter, Signature},
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
            FunctionError::new(format!(
                "Version {} of the provider {} has no function {name:?}.",
                self.provider().version(),
                self.provider().name()
            ))
        })?;
        let signature = function.signature();
        check_count(name, &signature, arguments.len())?;
        let mut is_known = true;
        let mut is_known_enough = true;
        let mut values = Vec::with_capacity(arguments.len());
        for (index, encoded) in arguments.iter().enumerate() {
            let Some(parameter) = signature.parameter_at(index) else {
                break;
            };
            let value = argument(encoded, parameter, index)?;
            if !value.is_wholly_known() {
                is_known = false;
                is_known_enough &= parameter.allow_unknown;
            }
            values.push(value);
        }
        if !is_known_enough {
            return encode(name, &Value::UNKNOWN, &signature);
        }
        let result = function.call(values)?;
        if is_known && !result.is_wholly_known() {
            return Err(bug(name, "is unknown, although all arguments are known"));
        }
        encode(name, &result, &signature)
    }
}

fn check_count(name: &str, signature: &Signature, given: usize) -> Result<(), FunctionError> {
    let expected = signature.parameters.len();
    let (fits, least) = match signature.variadic {
        None => (given == expected, ""),
        Some(_) => (given >= expected, "at least "),
    };
    if fits {
        return Ok(());
    }
    let plural = if expected == 1 { "" } else { "s" };
    Err(FunctionError::new(format!(
        "The function {name} takes {least}{expected} argument{plural}, but {given} were given."
    )))
}

fn argument(
    encoded: &Encoded,
    parameter: &Parameter,
    index: usize,
) -> Result<Value, FunctionError> {
    let blame = |text: String| FunctionError {
        text,
        argument: i64::try_from(index).ok(),
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

fn encode(name: &str, value: &Value, signature: &Signature) -> Result<Encoded, FunctionError> {
    Encoded::encode(value, &signature.result)
        .map_err(|error| bug(name, &format!("is not of its type: {error}")))
}

fn bug(name: &str, how: &str) -> FunctionError {
    FunctionError::new(format!(
        "Bug in the provider: the result of the function {name} {how}. Please report it."
    ))
}
