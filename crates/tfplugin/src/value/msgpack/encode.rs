//! Writes a value of a type.

use std::collections::BTreeMap;

use rmp::encode as write;

use super::super::{Error, Number, Type, Value, number::Token, order};

/// Writes a value of the given type.
pub(in crate::value) fn encode(value: &Value, r#type: &Type) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    put(&mut bytes, value, r#type)?;
    Ok(bytes)
}

fn put(bytes: &mut Vec<u8>, value: &Value, r#type: &Type) -> Result<(), Error> {
    match (r#type, value) {
        (_, Value::Null) => put_all(write::write_nil(bytes)),
        // Refinements are for reading: what they promise is lost once a value is changed.
        (_, Value::Unknown(_)) => {
            bytes.extend_from_slice(&[0xd4, 0, 0]);
            Ok(())
        }
        (Type::Bool, Value::Bool(truth)) => put_all(write::write_bool(bytes, *truth)),
        (Type::String, Value::String(text)) => put_all(write::write_str(bytes, text)),
        (Type::Number, Value::Number(number)) => put_number(bytes, number),
        (Type::List(element), Value::List(elements)) => {
            put_array(bytes, elements.len())?;
            for (index, value) in elements.iter().enumerate() {
                put(bytes, value, element).map_err(|error| error.in_index(index))?;
            }
            Ok(())
        }
        (Type::Set(element), Value::Set(elements)) => {
            let elements = order::distinct(elements);
            put_array(bytes, elements.len())?;
            for value in &elements {
                put(bytes, value, element).map_err(Error::in_set)?;
            }
            Ok(())
        }
        (Type::Map(element), Value::Map(entries)) => {
            put_map(bytes, entries.len())?;
            for (key, value) in entries {
                put_all(write::write_str(bytes, key))?;
                put(bytes, value, element).map_err(|error| error.in_key(key))?;
            }
            Ok(())
        }
        (Type::Object(types), Value::Object(attributes)) => put_object(bytes, types, attributes),
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            put_array(bytes, elements.len())?;
            for (index, (r#type, value)) in types.iter().zip(elements).enumerate() {
                put(bytes, value, r#type).map_err(|error| error.in_index(index))?;
            }
            Ok(())
        }
        (
            Type::Dynamic,
            Value::Dynamic {
                r#type: actual,
                value,
            },
        ) => {
            put_array(bytes, 2)?;
            put_all(write::write_bin(bytes, &actual.signature()))?;
            put(bytes, value, actual)
        }
        (r#type, value) => Err(Error::new(format!(
            "is {}, not of type {type}",
            value.kind()
        ))),
    }
}

fn put_object(
    bytes: &mut Vec<u8>,
    types: &BTreeMap<String, Type>,
    attributes: &BTreeMap<String, Value>,
) -> Result<(), Error> {
    if let Some(unexpected) = attributes.keys().find(|name| !types.contains_key(*name)) {
        return Err(Error::new(format!(
            "has an unexpected attribute {unexpected:?}"
        )));
    }
    put_map(bytes, types.len())?;
    for (name, r#type) in types {
        let Some(value) = attributes.get(name) else {
            return Err(Error::new(format!("has no attribute {name:?}")));
        };
        put_all(write::write_str(bytes, name))?;
        put(bytes, value, r#type).map_err(|error| error.in_attribute(name))?;
    }
    Ok(())
}

/// A number in the form in which it arrived.
fn put_number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), Error> {
    match number.token() {
        Token::Integer(integer) => put_all(write::write_sint(bytes, *integer).map(drop)),
        Token::Unsigned(integer) => put_all(write::write_uint(bytes, *integer).map(drop)),
        Token::Float(float) => put_all(write::write_f64(bytes, *float)),
        Token::Decimal(text) => put_all(write::write_str(bytes, text)),
    }
}

fn put_array(bytes: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    let length = u32::try_from(length).map_err(|_| Error::new("has too many elements"))?;
    put_all(write::write_array_len(bytes, length).map(drop))
}

fn put_map(bytes: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    let length = u32::try_from(length).map_err(|_| Error::new("has too many entries"))?;
    put_all(write::write_map_len(bytes, length).map(drop))
}

/// Writing to memory fails only when there is none left.
fn put_all<E>(written: Result<(), E>) -> Result<(), Error> {
    written.map_err(|_| Error::new("does not fit in memory"))
}
