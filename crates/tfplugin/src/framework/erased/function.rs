//! Functions without the type of their arguments.
//!
//! The trait is not the author's own with a value in the place of the arguments: those come one by one, and
//! whatever is a function is one of these, without an adapter that keeps a schema.

use crate::{
    function::{Function, FunctionError, Signature},
    path::Step,
    value::{Error, Value, from_value},
};

/// A function that works on values; the author's is behind it.
pub(crate) trait ErasedFunction: Send + Sync {
    fn signature(&self) -> Signature;
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

impl<F: Function> ErasedFunction for F {
    fn signature(&self) -> Signature {
        Function::signature(self)
    }

    fn call(&self, mut arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let signature = Function::signature(self);
        if signature.variadic.is_some() {
            let further = arguments.split_off(signature.parameters.len());
            arguments.push(Value::List(further));
        }
        let arguments =
            from_value(Value::Tuple(arguments)).map_err(|error| unusable(&signature, &error))?;
        Function::call(self, arguments)
    }
}

/// The error for an argument that the author's type cannot take.
fn unusable(signature: &Signature, error: &Error) -> FunctionError {
    let path = error.path();
    let index = match path.steps() {
        [Step::Index(list), Step::Index(further), ..]
            if usize::try_from(*list) == Ok(signature.parameters.len()) =>
        {
            list + further
        }
        [Step::Index(index), ..] => *index,
        _ => return FunctionError::new(format!("The arguments cannot be used: {error}.")),
    };
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| signature.parameter_at(index))
        .map_or("", |parameter| parameter.name.as_str());
    FunctionError::new(format!("The argument {name} {}.", error.message())).at(index)
}
