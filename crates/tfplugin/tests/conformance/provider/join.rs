//! A function with every kind of parameter.

use tfplugin::{
    Function,
    function::{FunctionError, Parameter, Signature},
    value::{Type, Value},
};

pub struct Join;

impl Function for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String)
            .parameter(Parameter::new("separator", Type::String).description("What is between."))
            .variadic(
                Parameter::new("part", Type::String)
                    .allow_null()
                    .allow_unknown()
                    .description("What is joined; null is left out."),
            )
            .summary("Joins texts.")
            .description("Joins texts with a separator.")
            .deprecated("Use the one of Terraform.")
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let Some((separator, parts)) = arguments.split_first() else {
            return Err(FunctionError::new("there is nothing to join"));
        };
        let mut texts = Vec::new();
        for (index, part) in (1..).zip(parts) {
            match part.as_str() {
                Some("panic") => panic!("it was asked to"),
                Some("fail") => return Err(FunctionError::new("it was asked to").at(index)),
                Some(text) => texts.push(text),
                None if part.is_unknown() => return Ok(Value::UNKNOWN),
                None => {}
            }
        }
        Ok(texts.join(separator.as_str().unwrap_or_default()).into())
    }
}
