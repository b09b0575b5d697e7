//! What a server keeps of a password.

use postgres_protocol::password::scram_sha_256;

use super::ident::Literal;
use crate::secret::Secret;

/// A SCRAM-SHA-256 verifier: it lets a server check a password without knowing it. Made here, so that
/// the password itself is in no statement, and so in no log of the server.
/// <https://www.postgresql.org/docs/current/catalog-pg-authid.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(Secret);

impl Verifier {
    /// The verifier of a password, with a salt of its own.
    pub fn new(password: &Secret) -> Self {
        Self(Secret::new(scram_sha_256(password.expose().as_bytes())))
    }

    /// As a statement has it.
    pub(super) fn literal(&self) -> Literal {
        Literal::new(self.0.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_has_neither_the_password_nor_the_same_salt_twice() {
        let password = Secret::new("hush-hush");
        let verifier = Verifier::new(&password);
        let text = verifier.literal().to_string();
        assert!(text.starts_with("'SCRAM-SHA-256$4096:"), "{text}");
        assert!(!text.contains("hush"), "{text}");
        assert_ne!(verifier, Verifier::new(&password));
        assert!(!format!("{verifier:?}").contains("SCRAM"));
    }
}
