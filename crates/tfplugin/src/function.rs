//! What a provider function is to its author: pure, offline, and free of the configuration.

use crate::value::{Type, Value};

/// A pure function, called as `provider::NAME::FUNCTION(...)`.
pub trait Function: Send + Sync + 'static {
    /// The name, a valid identifier without the provider's prefix.
    fn name(&self) -> &'static str;

    /// Parameters, result and documentation.
    fn signature(&self) -> Signature;

    /// Computes the result; the same arguments must give the same result.
    ///
    /// # Errors
    /// With the text for the practitioner and, when one is to blame, the argument.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// The signature of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Positional parameters.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub result: Type,
    /// One plain line.
    pub summary: String,
    /// Markdown.
    pub description: String,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, for documentation.
    pub name: String,
    /// The type that Terraform converts arguments to.
    pub r#type: Type,
    /// Whether null is passed on instead of refused.
    pub allow_null: bool,
    /// Whether unknown is passed on; else the result is unknown without a call.
    pub allow_unknown: bool,
    /// Markdown.
    pub description: String,
}

/// Why a function has no result for its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// For the practitioner.
    pub text: String,
    /// The argument to blame, counted from 0; variadic ones count on.
    pub argument: Option<i64>,
}
