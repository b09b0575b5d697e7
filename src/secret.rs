//! Text that must not be printed: passwords, tokens and keys.

use std::fmt;

use serde::Deserialize;
use tfplugin::{model::AttributeValue, schema::AttributeType};

/// Text that must not be printed. It has no `Display`, and its `Debug` says nothing about it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps the text from being printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl AttributeValue for Secret {
    fn attribute_type() -> AttributeType {
        String::attribute_type()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_debug_shows_nothing_of_the_text() {
        let secret = Some(Secret::new("hush-hush"));
        assert_eq!(format!("{secret:?}"), "Some(Secret(..))");
    }
}
