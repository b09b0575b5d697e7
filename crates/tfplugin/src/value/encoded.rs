//! A value as it travels: encoded, without its type.

use super::{Error, Type, Value, json, msgpack};

/// A value on its way, in one of two encodings.
///
/// It is read as msgpack when that is not empty, else as JSON when that is not empty, and else as
/// null, which is what Terraform does.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The value in msgpack.
    pub msgpack: Vec<u8>,
    /// The value in JSON.
    pub json: Vec<u8>,
}

impl Encoded {
    /// Encodes a value of the given type, in msgpack.
    ///
    /// # Errors
    /// When the value is not of that type; the error names the attribute.
    pub fn encode(value: &Value, r#type: &Type) -> Result<Self, Error> {
        Ok(Self {
            msgpack: msgpack::encode(value, r#type)?,
            json: Vec::new(),
        })
    }

    /// The encoding of null, which is the same for every type.
    pub fn null() -> Self {
        Self {
            msgpack: msgpack::NIL.to_vec(),
            json: Vec::new(),
        }
    }

    /// Whether it is null in any of its encodings.
    pub(crate) fn is_null(&self) -> bool {
        if self.msgpack.is_empty() {
            matches!(self.json.trim_ascii(), b"" | b"null")
        } else {
            self.msgpack == msgpack::NIL
        }
    }

    /// Decodes the value as one of the given type.
    ///
    /// # Errors
    /// When the bytes are no value of that type; the error names the attribute.
    pub fn decode(&self, r#type: &Type) -> Result<Value, Error> {
        if !self.msgpack.is_empty() {
            msgpack::decode(&self.msgpack, r#type)
        } else if !self.json.is_empty() {
            json::decode(&self.json, r#type, json::Reading::Strict)
        } else {
            Ok(Value::Null)
        }
    }
}

impl std::fmt::Debug for Encoded {
    /// Sizes only: the bytes may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoded")
            .field("msgpack_bytes", &self.msgpack.len())
            .field("json_bytes", &self.json.len())
            .finish()
    }
}

/// A state as it was stored, perhaps by another version of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RawState {
    /// The JSON of the state's attributes.
    Json(Vec<u8>),
    /// The flat form of Terraform 0.11 and older; it is refused, so its content does not matter.
    Flatmap,
}
