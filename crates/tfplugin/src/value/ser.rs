//! From serde models to values of a type.

use std::collections::BTreeMap;

use serde::{Serialize, ser};

use super::{Error, Number, Type, Value, de::NUMBER, order};

/// The name of the variant as which an unknown [`crate::Field`] is written.
pub(crate) const UNKNOWN_VARIANT: &str = "Unknown";

/// Makes a value of a type from a model. Attributes that the model has and the type has not must
/// be null.
pub(crate) fn to_value<T: Serialize + ?Sized>(model: &T, r#type: &Type) -> Result<Value, Error> {
    model.serialize(Writer(r#type))
}

/// Writes what is to be of a type.
#[derive(Clone, Copy)]
struct Writer<'a>(&'a Type);

/// The type of what is written where any type will do.
fn inferred(value: &Value) -> Type {
    match value {
        Value::Null | Value::Unknown(_) => Type::Dynamic,
        Value::Bool(_) => Type::Bool,
        Value::String(_) => Type::String,
        Value::Number(_) => Type::Number,
        Value::List(elements) => Type::list(elements.first().map_or(Type::Dynamic, inferred)),
        Value::Set(elements) => Type::set(elements.first().map_or(Type::Dynamic, inferred)),
        Value::Map(entries) => Type::map(entries.values().next().map_or(Type::Dynamic, inferred)),
        Value::Object(attributes) => Type::object(
            attributes
                .iter()
                .map(|(name, value)| (name.clone(), inferred(value))),
        ),
        Value::Tuple(elements) => Type::Tuple(elements.iter().map(inferred).collect()),
        Value::Dynamic { r#type, .. } => r#type.clone(),
    }
}

impl<'a> Writer<'a> {
    /// The value, when it is of the type that is wanted.
    fn typed(self, value: Value) -> Result<Value, Error> {
        match (self.0, &value) {
            (Type::String, Value::String(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Number, Value::Number(_)) => Ok(value),
            (Type::Dynamic, _) => Ok(dynamic(value)),
            (r#type, value) => Err(Error::new(format!(
                "is {} in the model, where the schema has {type}",
                value.kind()
            ))),
        }
    }

    fn number(self, number: impl Into<Number>) -> Result<Value, Error> {
        self.typed(Value::Number(number.into()))
    }

    fn mismatch(self, what: &str) -> Error {
        Error::new(format!(
            "is {what} in the model, where the schema has {}",
            self.0
        ))
    }
}

/// The value with its type, for an attribute that may have any.
fn dynamic(value: Value) -> Value {
    match value {
        value @ (Value::Null | Value::Unknown(_) | Value::Dynamic { .. }) => value,
        value => {
            // Inside a dynamic value every part has a type of its own already.
            let value = untyped(value);
            Value::Dynamic {
                r#type: inferred(&value),
                value: Box::new(value),
            }
        }
    }
}

/// The value without the types that its parts brought along.
fn untyped(value: Value) -> Value {
    match value {
        Value::Dynamic { value, .. } => untyped(*value),
        Value::Tuple(elements) => Value::Tuple(elements.into_iter().map(untyped).collect()),
        Value::Object(attributes) => Value::Object(
            attributes
                .into_iter()
                .map(|(name, value)| (name, untyped(value)))
                .collect(),
        ),
        value => value,
    }
}

macro_rules! numbers {
    ($($method:ident: $number:ty;)*) => {$(
        fn $method(self, number: $number) -> Result<Value, Error> {
            self.number(number)
        }
    )*};
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = ser::Impossible<Value, Error>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = ser::Impossible<Value, Error>;

    numbers! {
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
    }

    fn serialize_bool(self, truth: bool) -> Result<Value, Error> {
        self.typed(Value::Bool(truth))
    }

    fn serialize_f32(self, number: f32) -> Result<Value, Error> {
        // The shortest text of the 32 bits, since 0.1 is to stay 0.1.
        match Number::parse(&number.to_string()) {
            Some(number) => self.number(number),
            None => Err(Error::new("is not a number")),
        }
    }

    fn serialize_f64(self, number: f64) -> Result<Value, Error> {
        match Number::from_f64(number) {
            Some(number) => self.number(number),
            None => Err(Error::new("is not a number")),
        }
    }

    fn serialize_char(self, character: char) -> Result<Value, Error> {
        self.typed(Value::String(character.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Value, Error> {
        self.typed(Value::String(text.to_owned()))
    }

    fn serialize_bytes(self, _bytes: &[u8]) -> Result<Value, Error> {
        Err(self.mismatch("bytes"))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, Error> {
        if name == super::FIELD && variant == UNKNOWN_VARIANT {
            return Ok(Value::UNKNOWN);
        }
        self.typed(Value::String(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        if name == NUMBER {
            return match value.serialize(Writer(&Type::String))? {
                Value::String(text) => match Number::parse(&text) {
                    Some(number) => self.number(number),
                    None => Err(Error::new("is not a number")),
                },
                _ => Err(self.mismatch("a number")),
            };
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<Value, Error> {
        Err(self.mismatch("an enum with content"))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'a>, Error> {
        match self.0 {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic => Ok(Elements {
                r#type: self.0,
                elements: Vec::with_capacity(length.unwrap_or_default()),
            }),
            _ => Err(self.mismatch("a sequence")),
        }
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Elements<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(self.mismatch("an enum with content"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'a>, Error> {
        match self.0 {
            Type::Map(_) | Type::Object(_) | Type::Dynamic => Ok(Entries {
                r#type: self.0,
                entries: BTreeMap::new(),
                key: None,
            }),
            _ => Err(self.mismatch("an object or a map")),
        }
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Entries<'a>, Error> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(self.mismatch("an enum with content"))
    }
}

/// The elements of a list, a set or a tuple, as they are written.
struct Elements<'a> {
    r#type: &'a Type,
    elements: Vec<Value>,
}

impl ser::SerializeSeq for Elements<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let index = self.elements.len();
        let r#type = match self.r#type {
            Type::List(element) | Type::Set(element) => element,
            Type::Tuple(types) => types
                .get(index)
                .ok_or_else(|| Error::new("has more elements in the model than in the schema"))?,
            _ => &Type::Dynamic,
        };
        let value = to_value(value, r#type).map_err(|error| match self.r#type {
            Type::Set(_) => error.in_set(),
            _ => error.in_index(index),
        })?;
        self.elements.push(value);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        match self.r#type {
            Type::List(_) => Ok(Value::List(self.elements)),
            Type::Set(_) => Ok(Value::Set(order::set(self.elements))),
            Type::Tuple(types) if types.len() != self.elements.len() => Err(Error::new(
                "has fewer elements in the model than in the schema",
            )),
            Type::Tuple(_) => Ok(Value::Tuple(self.elements)),
            _ => Ok(dynamic(Value::Tuple(self.elements))),
        }
    }
}

impl ser::SerializeTuple for Elements<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, Error> {
        ser::SerializeSeq::end(self)
    }
}

impl ser::SerializeTupleStruct for Elements<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, Error> {
        ser::SerializeSeq::end(self)
    }
}

/// The attributes of an object or the entries of a map, as they are written.
struct Entries<'a> {
    r#type: &'a Type,
    entries: BTreeMap<String, Value>,
    key: Option<String>,
}

impl Entries<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        let r#type = match self.r#type {
            Type::Object(types) => match types.get(name) {
                Some(r#type) => r#type,
                None => return refuse_unless_null(name, value),
            },
            Type::Map(element) => element,
            _ => &Type::Dynamic,
        };
        let value = to_value(value, r#type).map_err(|error| match self.r#type {
            Type::Map(_) => error.in_key(name),
            _ => error.in_attribute(name),
        })?;
        self.entries.insert(name.to_owned(), value);
        Ok(())
    }

    fn finish(self) -> Result<Value, Error> {
        match self.r#type {
            Type::Object(types) => {
                match types.keys().find(|name| !self.entries.contains_key(*name)) {
                    Some(name) => Err(Error::new(format!(
                        "has the attribute {name:?} in the schema, but not in the model"
                    ))),
                    None => Ok(Value::Object(self.entries)),
                }
            }
            Type::Map(_) => Ok(Value::Map(self.entries)),
            _ => Ok(dynamic(Value::Object(self.entries))),
        }
    }
}

/// Models shared by several schemas may have more fields than one of them has attributes.
fn refuse_unless_null<T: Serialize + ?Sized>(name: &str, value: &T) -> Result<(), Error> {
    match to_value(value, &Type::Dynamic) {
        Ok(Value::Null) => Ok(()),
        _ => Err(Error::new(format!(
            "has the attribute {name:?} in the model, but not in the schema"
        ))),
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match to_value(key, &Type::String)? {
            Value::String(key) => {
                self.key = Some(key);
                Ok(())
            }
            _ => Err(Error::new("has a key that is no string")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().unwrap_or_default();
        self.put(&key, value)
    }

    fn end(self) -> Result<Value, Error> {
        self.finish()
    }
}

impl ser::SerializeStruct for Entries<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.put(name, value)
    }

    fn end(self) -> Result<Value, Error> {
        self.finish()
    }
}

impl Serialize for Number {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NUMBER, &self.to_string())
    }
}
