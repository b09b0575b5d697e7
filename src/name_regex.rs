//! `name_regex`: which roles are wanted, of a data source or a listing.

use regex::Regex;
use tfplugin::{
    Diagnostic, Field,
    schema::{Attribute, Validator},
    value::Value,
};

const NAME: &str = "name_regex";

/// The argument.
pub fn attribute() -> Attribute {
    Attribute::string(NAME)
        .optional()
        .validate(Validator::custom(check))
        .description(
            "Regular expression that the names of the roles match somewhere, in the syntax of RE2. Defaults to all \
             names.",
        )
}

/// The expression; where none is given, one that matches every name.
///
/// # Errors
/// When it is none: it was not known when the configuration was checked.
pub fn compile(pattern: &Field<String>, operation: &str) -> Result<Regex, Diagnostic> {
    let pattern = pattern.known().map_or("", String::as_str);
    Regex::new(pattern).map_err(|error| Diagnostic::error(operation, format!("{error}.")).at(NAME))
}

/// Refuses what is no regular expression.
fn check(value: &Value) -> Result<(), String> {
    match Regex::new(value.as_str().unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("must be a regular expression: {error}")),
    }
}
