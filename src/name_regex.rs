//! `name_regex`: which objects are wanted, of a data source or a listing.

use regex::Regex;
use tfplugin::{Diagnostic, Field, Model, schema::Validator, value::Value};

use crate::operation::Operation;

/// The argument.
#[derive(Clone, Debug, Model)]
pub struct NameRegex {
    /// Regular expression that the names match somewhere, in the syntax of RE2. Defaults to
    /// all names.
    #[attribute(optional, validate = Validator::custom(check))]
    name_regex: Field<String>,
}

impl NameRegex {
    /// The expression; where none is given, one that matches every name.
    ///
    /// # Errors
    /// When it is none: it was not known when the configuration was checked.
    pub fn compile(&self, operation: &Operation) -> Result<Regex, Diagnostic> {
        let pattern = self.name_regex.known().map_or("", String::as_str);
        Regex::new(pattern).map_err(|error| operation.error(format!("{error}.")).at("name_regex"))
    }
}

/// Refuses what is no regular expression.
fn check(value: &Value) -> Result<(), String> {
    match Regex::new(value.as_str().unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("must be a regular expression: {error}")),
    }
}
