//! A value of a typed model: known, null, or not known before apply.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};

use crate::value::{FIELD, UNKNOWN_VARIANT};

/// A value of a typed model.
///
/// Models are serde structs whose fields are `Field<T>`; which of the three a field is survives
/// the way from the wire into the model and back. A list of which one element is unknown is a known
/// list in a `Field<Vec<Field<T>>>`, and unknown in a `Field<Vec<T>>`, which cannot say it; what
/// Terraform gets back has the known elements in either case, and as many unknown ones as it sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Field<T> {
    /// A value.
    Known(T),
    /// No value.
    #[default]
    Null,
    /// A value that is known only after apply.
    Unknown,
}

impl<T> Field<T> {
    /// The value, when there is one and it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value by move, when there is one and it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// A copy of the value, or the default of its type where it is null or not known.
    pub fn or_default(&self) -> T
    where
        T: Clone + Default,
    {
        self.known().cloned().unwrap_or_default()
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is known only after apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The field of another type that has the same state.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Known(value) => Field::Known(convert(value)),
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
        }
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Field<String> {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Field<T> {
    /// A known value as itself and null as none. Only values of this crate can be unknown;
    /// elsewhere it is written as the text "Unknown".
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => serializer.serialize_newtype_struct(FIELD, value),
            Self::Null => serializer.serialize_none(),
            Self::Unknown => serializer.serialize_unit_variant(FIELD, 0, UNKNOWN_VARIANT),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FIELD, FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, null or unknown")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Field<T>, D::Error> {
        Option::deserialize(deserializer).map(Field::from)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut content: A) -> Result<Field<T>, A::Error> {
        let content = content.next_element()?;
        Ok(content.map_or(Field::Unknown, Field::Known))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Field<T>, E> {
        Ok(Field::Null)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Field<T>, E> {
        Ok(Field::Unknown)
    }
}
