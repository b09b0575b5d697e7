//! How long slices take: a function.

use tfplugin::{
    Function,
    function::{FunctionError, Parameter, Signature},
    value::{Type, Value},
};

/// How long slices take, one after the other.
pub struct Seconds;

impl Function for Seconds {
    fn name(&self) -> &'static str {
        "seconds"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::Number)
            .parameter(
                Parameter::new("browning", Type::Number)
                    .description("How brown the first slice gets, from 1 to 6."),
            )
            .variadic(
                Parameter::new("more", Type::Number)
                    .allow_null()
                    .description("How brown further slices get; null is no slice."),
            )
            .summary("How long slices take.")
            .description("The number of seconds that slices take, one after the other.")
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let mut seconds = 0;
        for (index, argument) in (0..).zip(&arguments) {
            if argument.is_null() {
                continue;
            }
            match argument.as_number().and_then(|browning| browning.as_i64()) {
                Some(browning @ 1..=6) => seconds += browning * 30,
                _ => {
                    let text = "The browning must be a whole number from 1 to 6.";
                    return Err(FunctionError::new(text).at(index));
                }
            }
        }
        Ok(seconds.into())
    }
}
