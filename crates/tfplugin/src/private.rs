//! What a resource remembers beside its state, out of the practitioner's sight.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

/// Values that Terraform stores with a resource's state and hands back unchanged.
///
/// Stored as a JSON object. Not a place for secrets: the state file holds it in clear text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(BTreeMap<String, serde_json::Value>);

impl Private {
    /// The value stored under a key; `None` when it is absent or of another form.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.0.get(key)?.clone()).ok()
    }

    /// Stores a value under a key.
    ///
    /// # Errors
    /// When the value has no JSON form, such as a map whose keys are not strings.
    pub fn set<T: Serialize>(&mut self, key: &str, value: &T) -> Result<(), serde_json::Error> {
        self.0.insert(key.to_owned(), serde_json::to_value(value)?);
        Ok(())
    }

    /// Removes the value under a key.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Reads what [`Private::to_bytes`] wrote. An empty store are no bytes, and `null`, which a provider
    /// that was written with another library leaves where it has nothing to remember.
    ///
    /// # Errors
    /// When the bytes are not a JSON object.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let stored: Option<BTreeMap<String, serde_json::Value>> = serde_json::from_slice(bytes)?;
        Ok(Self(stored.unwrap_or_default()))
    }

    /// The form in which Terraform keeps it; empty when nothing is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        // A map with string keys and JSON values always has a JSON form.
        serde_json::to_vec(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_of_nothing_is_empty_in_each_form() {
        for bytes in [&b""[..], b"null", b"{}"] {
            let private = Private::from_bytes(bytes).expect("an empty store");
            assert_eq!(private, Private::default());
            assert!(private.to_bytes().is_empty());
        }
        assert!(Private::from_bytes(b"[]").is_err());
    }
}
