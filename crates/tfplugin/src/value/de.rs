//! From values to serde models.

use std::{collections::btree_map, vec};

use serde::{
    Deserialize,
    de::{self, DeserializeOwned, DeserializeSeed, Visitor},
};

use super::{Error, Number, Value};

/// The name by which a [`crate::Field`] makes itself known to the (de)serializers of values.
///
/// A field that is unknown is visited as a unit, one that is null as none, and any other one as a
/// sequence of one element, or of none when its type has no way to say that a part of it is
/// unknown. [`serde_json`] and its kind visit a newtype.
pub(crate) const FIELD: &str = "$tfplugin::Field";

/// The name by which a [`Number`] makes itself known likewise; it is visited as text.
pub(super) const NUMBER: &str = "$tfplugin::Number";

/// Makes a model from a value.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Known(value))
}

/// A value to make a part of a model from.
struct Known(Value);

impl Known {
    fn mismatch(&self, expected: &str) -> Error {
        match &self.0 {
            Value::Unknown(_) => {
                Error::unknown(format!("is not known yet, where {expected} is needed"))
            }
            Value::Null => Error::new(format!("is null, where {expected} is needed")),
            value => Error::new(format!("is {}, where {expected} is needed", value.kind())),
        }
    }

    fn number(&self, expected: &str) -> Result<&Number, Error> {
        self.0.as_number().ok_or_else(|| self.mismatch(expected))
    }

    fn signed<'de, V: Visitor<'de>>(self, visitor: V, type_name: &str) -> Result<V::Value, Error> {
        match self.number("a number")?.as_i64() {
            Some(number) => visitor
                .visit_i64(number)
                .map_err(|_: Error| out_of_range(type_name)),
            None => Err(out_of_range(type_name)),
        }
    }

    fn unsigned<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        type_name: &str,
    ) -> Result<V::Value, Error> {
        match self.number("a number")?.as_u64() {
            Some(number) => visitor
                .visit_u64(number)
                .map_err(|_: Error| out_of_range(type_name)),
            None => Err(out_of_range(type_name)),
        }
    }

    fn float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.number("a number")?.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => Err(Error::new("has more digits than a 64-bit float can hold")),
        }
    }
}

fn out_of_range(type_name: &str) -> Error {
    let range = match type_name {
        "i8" => "-128 to 127",
        "i16" => "-32768 to 32767",
        "i32" => "-2147483648 to 2147483647",
        "i64" => "-9223372036854775808 to 9223372036854775807",
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        _ => "0 to 18446744073709551615",
    };
    Error::new(format!("must be a whole number from {range}"))
}

macro_rules! integers {
    ($($method:ident: $kind:ident, $type_name:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$kind(visitor, $type_name)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Known {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            Value::Unknown(_) => Err(self.mismatch("a value")),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::String(text) => visitor.visit_string(text),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(integer), ..) => visitor.visit_i64(integer),
                (None, Some(integer), _) => visitor.visit_u64(integer),
                (None, None, Some(float)) => visitor.visit_f64(float),
                (None, None, None) => visitor.visit_string(number.to_string()),
            },
            Value::List(elements) | Value::Tuple(elements) => visitor.visit_seq(Elements {
                elements: elements.into_iter(),
                position: 0,
                in_set: false,
            }),
            Value::Set(elements) => visitor.visit_seq(Elements {
                elements: elements.into_iter(),
                position: 0,
                in_set: true,
            }),
            Value::Map(entries) => visitor.visit_map(Entries::new(entries, true)),
            Value::Object(attributes) => visitor.visit_map(Entries::new(attributes, false)),
            Value::Dynamic { value, .. } => Known(*value).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            FIELD if self.0.is_null() => visitor.visit_none(),
            FIELD if self.0.is_unknown() => visitor.visit_unit(),
            FIELD => visitor.visit_seq(Attempt(Some(self))),
            NUMBER => visitor.visit_string(self.number("a number")?.to_string()),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.as_bool() {
            Some(truth) => visitor.visit_bool(truth),
            None => Err(self.mismatch("a bool")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Dynamic { value, .. } => Known(*value).deserialize_string(visitor),
            _ => Err(self.mismatch("a string")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0.as_str() {
            Some(text) => visitor.visit_enum(de::value::StrDeserializer::new(text)),
            None => Err(self.mismatch("a string")),
        }
    }

    integers! {
        deserialize_i8: signed, "i8";
        deserialize_i16: signed, "i16";
        deserialize_i32: signed, "i32";
        deserialize_i64: signed, "i64";
        deserialize_u8: unsigned, "u8";
        deserialize_u16: unsigned, "u16";
        deserialize_u32: unsigned, "u32";
        deserialize_u64: unsigned, "u64";
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.elements() {
            Some(_) => self.deserialize_any(visitor),
            None => Err(self.mismatch("a collection")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Map(_) | Value::Object(_) | Value::Dynamic { .. } => {
                self.deserialize_any(visitor)
            }
            _ => Err(self.mismatch("a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Map(_) | Value::Object(_) | Value::Dynamic { .. } => {
                self.deserialize_any(visitor)
            }
            _ => Err(self.mismatch("an object")),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Value::Object(attributes) if attributes.is_empty() => visitor.visit_unit(),
            value if value.is_null() || value.elements().is_some_and(<[Value]>::is_empty) => {
                visitor.visit_unit()
            }
            _ => Err(self.mismatch("nothing")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit_struct tuple tuple_struct identifier
    }
}

/// The content of a field, as a sequence of one element, or of none when a part of it is unknown and
/// the field's type has no place for that.
struct Attempt(Option<Known>);

impl<'de> de::SeqAccess<'de> for Attempt {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(known) = self.0.take() else {
            return Ok(None);
        };
        match seed.deserialize(known) {
            Err(error) if error.is_unknown() => Ok(None),
            result => result.map(Some),
        }
    }
}

/// The elements of a collection.
struct Elements {
    elements: vec::IntoIter<Value>,
    position: usize,
    in_set: bool,
}

impl<'de> de::SeqAccess<'de> for Elements {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        let position = self.position;
        self.position += 1;
        seed.deserialize(Known(element)).map(Some).map_err(|error| {
            if self.in_set {
                error.in_set()
            } else {
                error.in_index(position)
            }
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}

/// The entries of a map or the attributes of an object.
struct Entries {
    entries: btree_map::IntoIter<String, Value>,
    current: Option<(String, Value)>,
    is_map: bool,
}

impl Entries {
    fn new(entries: std::collections::BTreeMap<String, Value>, is_map: bool) -> Self {
        Self {
            entries: entries.into_iter(),
            current: None,
            is_map,
        }
    }
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.current = self.entries.next();
        match &self.current {
            Some((name, _)) => seed
                .deserialize(de::value::StrDeserializer::new(name))
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (name, value) = self
            .current
            .take()
            .ok_or_else(|| Error::new("was read out of order"))?;
        seed.deserialize(Known(value)).map_err(|error| {
            if self.is_map {
                error.in_key(&name)
            } else {
                error.in_attribute(&name)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(number.into())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(number.into())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                Number::from_f64(number).ok_or_else(|| E::custom("not a number"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                Number::parse(text).ok_or_else(|| E::custom("not a number"))
            }

            fn visit_newtype_struct<D: de::Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Number, D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        deserializer.deserialize_newtype_struct(NUMBER, NumberVisitor)
    }
}
