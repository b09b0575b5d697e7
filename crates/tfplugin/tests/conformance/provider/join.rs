//! A function with every kind of parameter.

use tfplugin::{
    Field, Function,
    function::{FunctionError, Parameter, Signature},
    value::{Type, Value},
};

pub struct Join;

impl Function for Join {
    type Arguments = (String, Vec<Field<String>>);

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

    fn call(&self, (separator, parts): Self::Arguments) -> Result<Value, FunctionError> {
        let mut texts = Vec::new();
        for (index, part) in (1..).zip(parts) {
            match part {
                Field::Known(text) if text == "panic" => panic!("it was asked to"),
                Field::Known(text) if text == "fail" => {
                    return Err(FunctionError::new("it was asked to").at(index));
                }
                Field::Known(text) => texts.push(text),
                Field::Unknown => return Ok(Value::UNKNOWN),
                Field::Null => {}
            }
        }
        Ok(texts.join(&separator).into())
    }
}
