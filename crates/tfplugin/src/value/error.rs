//! Why a value cannot be read or written, and where in it.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::{Diagnostic, path::AttributePath};

/// Why a value cannot be read or written, with the way to the part at fault.
///
/// The message never holds the value itself, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    path: Vec<crate::path::Step>,
    message: String,
    /// Whether a value that is not known yet is all that is wrong.
    unknown: bool,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            message: message.into(),
            unknown: false,
        }
    }

    /// An unknown value where a model has no way to say so.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self {
            unknown: true,
            ..Self::new(message)
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// The way to the part at fault; empty when it is the whole value.
    pub fn path(&self) -> AttributePath {
        self.path.iter().rev().cloned().collect()
    }

    /// What is wrong with it.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// This error, found inside the attribute of that name.
    pub(crate) fn in_attribute(mut self, name: &str) -> Self {
        self.path
            .push(crate::path::Step::Attribute(name.to_owned()));
        self
    }

    /// This error, found inside the element of that index.
    pub(crate) fn in_index(mut self, index: usize) -> Self {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.path.push(crate::path::Step::Index(index));
        self
    }

    /// This error, found inside the element of that key.
    pub(crate) fn in_key(mut self, key: &str) -> Self {
        self.path.push(crate::path::Step::Key(key.to_owned()));
        self
    }

    /// This error, found inside a set: the way ends there, since its elements have no address.
    pub(crate) fn in_set(mut self) -> Self {
        self.path.clear();
        self
    }

    /// This error for the practitioner's screen, at the attribute to blame.
    pub(crate) fn into_diagnostic(self, summary: &str) -> Diagnostic {
        let path = self.path();
        let detail = if path.steps().is_empty() {
            format!("The value {}.", self.message)
        } else {
            format!("The value of {path} {}.", self.message)
        };
        let diagnostic = Diagnostic::error(summary, detail);
        if path.steps().is_empty() {
            diagnostic
        } else {
            diagnostic.at(path)
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if path.steps().is_empty() {
            write!(f, "the value {}", self.message)
        } else {
            write!(f, "the value of {path} {}", self.message)
        }
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!("is not usable: {message}"))
    }

    // The texts that serde would write hold the value, which may be secret.

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("is not {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("is not {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("has no attribute {field:?}, which the model has"))
    }
}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!("cannot be written: {message}"))
    }
}
