//! Names and texts inside SQL.

use super::{Error, name};

/// A quoted identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident(String);

/// A quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal(String);

impl Ident {
    /// Quotes a name.
    ///
    /// # Errors
    /// When PostgreSQL would refuse or shorten it.
    pub fn new(name: &str) -> Result<Self, Error> {
        name::check(name).map_err(Error::Name)?;
        Ok(Self(format!("\"{}\"", name.replace('"', "\"\""))))
    }
}

impl Ident {
    /// What `format` of PostgreSQL replaces with a quoted name.
    pub(super) fn placeholder() -> Self {
        Self("%I".to_owned())
    }
}

impl Literal {
    /// Quotes a text so that it means the same whatever `standard_conforming_strings` says.
    pub fn new(text: &str) -> Self {
        let quoted = text.replace('\'', "''");
        Self(if quoted.contains('\\') {
            format!(" E'{}'", quoted.replace('\\', "\\\\"))
        } else {
            format!("'{quoted}'")
        })
    }
}

impl std::fmt::Display for Ident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ident_with_quotes_doubles_them() {
        let ident = Ident::new("a\"; DROP ROLE x;--").expect("the name is valid");
        assert_eq!(ident.to_string(), "\"a\"\"; DROP ROLE x;--\"");
    }

    #[test]
    fn ident_of_63_bytes_is_kept_and_of_64_is_refused() {
        assert!(Ident::new(&"x".repeat(63)).is_ok());
        assert!(Ident::new(&"x".repeat(64)).is_err());
        // 32 characters of two bytes.
        assert!(Ident::new(&"é".repeat(32)).is_err());
    }

    #[test]
    fn ident_empty_or_with_a_zero_byte_is_refused() {
        assert!(Ident::new("").is_err());
        assert!(Ident::new("a\0b").is_err());
    }

    #[test]
    fn literal_with_quote_and_backslash_is_escaped() {
        assert_eq!(Literal::new("it's").to_string(), "'it''s'");
        assert_eq!(Literal::new("a\\'b").to_string(), " E'a\\\\''b'");
    }
}
