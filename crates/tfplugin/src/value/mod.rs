//! The value tree: what configurations, plans and states are made of.

mod de;
pub(crate) mod encoded;
mod error;
mod json;
pub(crate) mod msgpack;
mod number;
mod order;
mod ser;
#[cfg(test)]
mod tests;
mod types;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use encoded::{Encoded, RawState};
pub use error::Error;
#[cfg(feature = "testing")]
pub(crate) use json::UNKNOWN;
pub(crate) use json::{Reading, decode as decode_json, from_json, to_json};
use msgpack::MAX_DEPTH;
pub use number::Number;
pub use types::Type;

pub(crate) use de::{FIELD, from_value};
pub(crate) use ser::{UNKNOWN_VARIANT, to_value};
pub(crate) use walk::{descend, null_unknowns, unknown_paths};

/// A value of Terraform's type system.
///
/// Two values are equal when Terraform would say so: numbers by what they amount to, sets
/// whatever their order, unknowns whatever their refinements. Elements of a set that are not wholly
/// known are counted, and known ones are not.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A value that is known only after apply, with what is promised of it.
    Unknown(Option<Box<Refinements>>),
    /// `true` or `false`.
    Bool(bool),
    /// Text.
    String(String),
    /// A number of any size and precision.
    Number(Number),
    /// Elements of one type, in order.
    List(Vec<Value>),
    /// Elements of one type, without order or duplicates. Elements that are not wholly known are
    /// never duplicates: they may become different ones.
    Set(Vec<Value>),
    /// Elements of one type by key.
    Map(BTreeMap<String, Value>),
    /// Attributes by name; a block is one too.
    Object(BTreeMap<String, Value>),
    /// Elements of several types, in order.
    Tuple(Vec<Value>),
    /// A value of an attribute whose type is [`Type::Dynamic`], with the type that it has.
    Dynamic {
        /// The type of the value; never [`Type::Dynamic`] itself.
        r#type: Type,
        /// The value.
        value: Box<Value>,
    },
}

/// What is promised of a value that is not known yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinements {
    /// `Some(false)`: certainly not null; `Some(true)`: certainly null.
    pub is_null: Option<bool>,
    /// The first characters of a string.
    pub prefix: Option<String>,
    /// The lowest number, and whether it is itself possible.
    pub lowest: Option<(Number, bool)>,
    /// The highest number, and whether it is itself possible.
    pub highest: Option<(Number, bool)>,
    /// The least number of elements.
    pub min_length: Option<i64>,
    /// The greatest number of elements.
    pub max_length: Option<i64>,
}

impl Value {
    /// The unknown value of which nothing is promised.
    pub const UNKNOWN: Self = Self::Unknown(None);

    /// An object of the given attributes.
    pub fn object<K: Into<String>, V: Into<Value>>(
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// Whether there is no value. A dynamic value that holds null counts.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic { value, .. } => value.is_null(),
            _ => false,
        }
    }

    /// Whether the value itself, as opposed to something inside it, is unknown.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic { value, .. } => value.is_unknown(),
            _ => false,
        }
    }

    /// Whether nothing in the value is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Null | Self::Bool(_) | Self::String(_) | Self::Number(_) => true,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(elements) | Self::Object(elements) => {
                elements.values().all(Self::is_wholly_known)
            }
            Self::Dynamic { value, .. } => value.is_wholly_known(),
        }
    }

    /// The attribute of an object or the element of a map; `None` for every other value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(entries) | Self::Map(entries) => entries.get(name),
            Self::Dynamic { value, .. } => value.get(name),
            _ => None,
        }
    }

    /// The text, when the value is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Dynamic { value, .. } => value.as_str(),
            _ => None,
        }
    }

    /// The truth, when the value is a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Dynamic { value, .. } => value.as_bool(),
            _ => None,
        }
    }

    /// The number, when the value is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            Self::Dynamic { value, .. } => value.as_number(),
            _ => None,
        }
    }

    /// The elements of a list, a set or a tuple.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => Some(elements),
            Self::Dynamic { value, .. } => value.elements(),
            _ => None,
        }
    }

    /// The value in JSON.
    ///
    /// # Errors
    /// When a part of it is unknown or infinite, which JSON cannot say.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        to_json(self)
    }

    /// Reads a value of a type from JSON, which must have exactly the attributes of the type.
    ///
    /// # Errors
    /// When the JSON is no value of that type; the error names the attribute.
    pub fn from_json(json: &serde_json::Value, r#type: &Type) -> Result<Self, Error> {
        from_json(json, r#type, Reading::Strict)
    }

    /// What kind of value it is, for messages; never the value itself, which may be secret.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "unknown",
            Self::Bool(_) => "a bool",
            Self::String(_) => "a string",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
            Self::Dynamic { value, .. } => value.kind(),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(number: $integer) -> Self {
                Self::Number(number.into())
            }
        }
    )*};
}

from_integer!(i8, i16, i32, i64, u8, u16, u32, u64);

impl From<f64> for Value {
    /// The number; null for what is not a number.
    fn from(number: f64) -> Self {
        Number::from_f64(number).map_or(Self::Null, Self::Number)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    /// A list of the elements.
    fn from(elements: Vec<T>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<BTreeSet<T>> for Value {
    /// A set of the elements.
    fn from(elements: BTreeSet<T>) -> Self {
        Self::Set(elements.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    /// The value, or null.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
