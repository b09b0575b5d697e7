//! What a provider function is to its author: pure, offline, and free of the configuration.

use serde::de::DeserializeOwned;

use crate::value::{Type, Value};

/// A pure function, called as `provider::NAME::FUNCTION(...)`. Needs Terraform 1.8 or OpenTofu 1.7.
///
/// ```
/// use tfplugin::{
///     Function,
///     function::{FunctionError, Parameter, Signature},
///     value::{Type, Value},
/// };
///
/// struct Repeat;
///
/// impl Function for Repeat {
///     type Arguments = (String, u8);
///
///     fn name(&self) -> &'static str { "repeat" }
///
///     fn signature(&self) -> Signature {
///         Signature::new(Type::String)
///             .parameter(Parameter::new("text", Type::String))
///             .parameter(Parameter::new("times", Type::Number))
///     }
///
///     fn call(&self, (text, times): (String, u8)) -> Result<Value, FunctionError> {
///         Ok(text.repeat(times.into()).into())
///     }
/// }
/// ```
pub trait Function: Send + Sync + 'static {
    /// The typed form of the arguments: a tuple with one element for each parameter, and after them a
    /// `Vec` for the variadic one. Where a parameter allows null or unknown, the element is a
    /// [`crate::Field`]. An argument that the type cannot take is an error that names the parameter.
    type Arguments: DeserializeOwned;

    /// The name, a valid identifier without the provider's prefix.
    fn name(&self) -> &'static str;

    /// Parameters, result and documentation.
    fn signature(&self) -> Signature;

    /// Computes the result; the same arguments must give the same result.
    ///
    /// Null and unknown are among the arguments only where the parameter allows them. The result is
    /// of the type that the signature says, and wholly known if the arguments are.
    ///
    /// # Errors
    /// With the text for the practitioner and, when one is to blame, the argument.
    fn call(&self, arguments: Self::Arguments) -> Result<Value, FunctionError>;
}

/// The signature of a function.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// What to call instead, when it should not be called any more.
    pub deprecated: Option<String>,
}

impl Signature {
    /// A function without parameters whose result is of a type.
    pub fn new(result: Type) -> Self {
        Self {
            parameters: Vec::new(),
            variadic: None,
            result,
            summary: String::new(),
            description: String::new(),
            deprecated: None,
        }
    }

    /// Adds a positional parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The parameter that takes all further arguments, of which there may be none.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// One plain line.
    #[must_use]
    pub fn summary(mut self, text: impl Into<String>) -> Self {
        self.summary = text.into();
        self
    }

    /// The description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.description = markdown.into();
        self
    }

    /// Warns whoever calls it, with the message saying what to call instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecated = Some(message.into());
        self
    }

    /// The parameter that takes the argument of that index, counted from 0.
    pub fn parameter_at(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// What Terraform or OpenTofu would refuse, one sentence each; empty when all is well.
    pub(crate) fn problems(&self, name: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if !is_identifier(name) {
            problems.push(format!("{name:?} is no identifier"));
        }
        let parameters: Vec<&Parameter> = self.parameters.iter().chain(&self.variadic).collect();
        for (index, parameter) in parameters.iter().enumerate() {
            let name = &parameter.name;
            if !is_identifier(name) {
                problems.push(format!("the parameter {name:?} is no identifier"));
            }
            if parameters[..index].iter().any(|other| other.name == *name) {
                problems.push(format!("the parameter {name:?} is there twice"));
            }
        }
        problems
    }
}

/// Whether a name is an identifier as HCL has it.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|one| one.is_alphanumeric() || one == '_' || one == '-')
}

/// A parameter of a function.
#[derive(Clone, Debug)]
#[non_exhaustive]
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

impl Parameter {
    /// A parameter that takes neither null nor unknown values.
    pub fn new(name: impl Into<String>, r#type: Type) -> Self {
        Self {
            name: name.into(),
            r#type,
            allow_null: false,
            allow_unknown: false,
            description: String::new(),
        }
    }

    /// Passes null on instead of refusing it.
    #[must_use]
    pub fn allow_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Passes on what is unknown; else the result is unknown without a call.
    #[must_use]
    pub fn allow_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// The description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.description = markdown.into();
        self
    }
}

/// Why a function has no result for its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionError {
    /// For the practitioner.
    pub text: String,
    /// The argument to blame, counted from 0; variadic ones count on.
    pub argument: Option<i64>,
}

impl FunctionError {
    /// An error that no argument is to blame for.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: None,
        }
    }

    /// This error, blamed on an argument, counted from 0; variadic ones count on.
    #[must_use]
    pub fn at(mut self, argument: i64) -> Self {
        self.argument = Some(argument);
        self
    }
}
