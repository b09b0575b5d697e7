//! How long slices take: a function.

use tfplugin::{
    Field, Function,
    function::{FunctionError, Parameter, Signature},
    value::{Type, Value},
};

/// How long slices take, one after the other.
pub struct Seconds;

impl Function for Seconds {
    type Arguments = (i64, Vec<Field<i64>>);

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

    fn call(&self, (first, more): Self::Arguments) -> Result<Value, FunctionError> {
        let mut seconds = 0;
        let slices = std::iter::once(Field::Known(first)).chain(more);
        for (index, browning) in (0..).zip(slices) {
            match browning {
                Field::Known(browning @ 1..=6) => seconds += browning * 30,
                Field::Known(_) => {
                    let text = "The browning must be a whole number from 1 to 6.";
                    return Err(FunctionError::new(text).at(index));
                }
                Field::Null | Field::Unknown => {}
            }
        }
        Ok(seconds.into())
    }
}
