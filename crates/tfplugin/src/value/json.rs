//! The JSON in which states are stored, read and written by their type.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Error, MAX_DEPTH, Number, Type, Value, order};

/// How strictly JSON is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Exactly the attributes of the type.
    Strict,
    /// The state of another version: properties that the type has not are ignored, and those that
    /// are missing are null.
    State,
    /// A literal in a test: properties that are missing are null, [`UNKNOWN`] is unknown, and a
    /// dynamic value is written plainly.
    #[cfg_attr(not(feature = "testing"), allow(dead_code))]
    Literal,
}

/// What stands for an unknown value in a literal; no configuration can hold a NUL.
pub(crate) const UNKNOWN: &str = "\0unknown";

/// Reads a value of the given type from JSON text.
pub(crate) fn decode(json: &[u8], r#type: &Type, reading: Reading) -> Result<Value, Error> {
    let json: Json = serde_json::from_slice(json).map_err(|_| Error::new("is not JSON"))?;
    from_json(&json, r#type, reading)
}

/// Reads a value of the given type.
pub(crate) fn from_json(json: &Json, r#type: &Type, reading: Reading) -> Result<Value, Error> {
    read(json, r#type, reading, MAX_DEPTH)
}

fn read(json: &Json, r#type: &Type, reading: Reading, depth: usize) -> Result<Value, Error> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Error::new("nests too deep"))?;
    let read = |json: &Json, r#type: &Type| read(json, r#type, reading, depth);
    let elements = |elements: &[Json], element: &Type| {
        elements
            .iter()
            .enumerate()
            .map(|(index, json)| read(json, element).map_err(|error| error.in_index(index)))
            .collect::<Result<Vec<_>, _>>()
    };
    match (r#type, json) {
        (_, Json::Null) => Ok(Value::Null),
        (_, Json::String(text)) if reading == Reading::Literal && text == UNKNOWN => {
            Ok(Value::UNKNOWN)
        }
        (Type::Dynamic, json) if reading == Reading::Literal => {
            let r#type = inferred(json);
            Ok(Value::Dynamic {
                value: Box::new(read(json, &r#type)?),
                r#type,
            })
        }
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::String, Json::String(text)) => Ok(Value::String(text.clone())),
        (Type::Number, Json::Number(number)) => number_of(&number.to_string()),
        (Type::Number, Json::String(text)) => number_of(text),
        (Type::List(element), Json::Array(array)) => elements(array, element).map(Value::List),
        (Type::Set(element), Json::Array(array)) => {
            let elements = elements(array, element).map_err(Error::in_set)?;
            Ok(Value::Set(order::set(elements)))
        }
        (Type::Map(element), Json::Object(entries)) => entries
            .iter()
            .map(|(key, json)| {
                let value = read(json, element).map_err(|error| error.in_key(key))?;
                Ok((key.clone(), value))
            })
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (Type::Object(types), Json::Object(properties)) => {
            let unexpected = properties.keys().find(|name| !types.contains_key(*name));
            if let (Some(name), Reading::Strict | Reading::Literal) = (unexpected, reading) {
                return Err(Error::new(format!("has an unexpected attribute {name:?}")));
            }
            let mut attributes = BTreeMap::new();
            for (name, r#type) in types {
                let value = match properties.get(name) {
                    Some(json) => read(json, r#type).map_err(|error| error.in_attribute(name))?,
                    None if reading != Reading::Strict => Value::Null,
                    None => return Err(Error::new(format!("has no attribute {name:?}"))),
                };
                attributes.insert(name.clone(), value);
            }
            Ok(Value::Object(attributes))
        }
        (Type::Tuple(types), Json::Array(array)) if types.len() == array.len() => types
            .iter()
            .zip(array)
            .enumerate()
            .map(|(index, (r#type, json))| {
                read(json, r#type).map_err(|error| error.in_index(index))
            })
            .collect::<Result<_, _>>()
            .map(Value::Tuple),
        (Type::Dynamic, Json::Object(properties)) => {
            let (Some(signature), Some(json)) = (properties.get("type"), properties.get("value"))
            else {
                return Err(Error::new("does not say which type it has"));
            };
            let r#type = Type::from_signature(signature.to_string().as_bytes())?;
            // The type came with the value, so the value has all of it, whoever wrote it. Filling
            // in nulls here would let a few bytes become very many.
            let value = self::read(json, &r#type, Reading::Strict, depth)?;
            Ok(match r#type {
                Type::Dynamic => value,
                r#type => Value::Dynamic {
                    r#type,
                    value: Box::new(value),
                },
            })
        }
        (r#type, _) => Err(Error::new(format!("is not of type {type}"))),
    }
}

/// The type of a literal.
fn inferred(json: &Json) -> Type {
    match json {
        Json::Null => Type::Dynamic,
        Json::Bool(_) => Type::Bool,
        Json::Number(_) => Type::Number,
        Json::String(_) => Type::String,
        Json::Array(elements) => Type::Tuple(elements.iter().map(inferred).collect()),
        Json::Object(properties) => Type::object(
            properties
                .iter()
                .map(|(name, json)| (name.clone(), inferred(json))),
        ),
    }
}

fn number_of(text: &str) -> Result<Value, Error> {
    Number::parse(text)
        .map(Value::Number)
        .ok_or_else(|| Error::new("is no number"))
}

/// Writes a value. An unknown value has no JSON, nor has an infinity.
pub(crate) fn to_json(value: &Value) -> Result<Json, Error> {
    let array = |elements: &[Value]| {
        elements
            .iter()
            .enumerate()
            .map(|(index, value)| to_json(value).map_err(|error| error.in_index(index)))
            .collect::<Result<Vec<_>, _>>()
            .map(Json::Array)
    };
    match value {
        Value::Null => Ok(Json::Null),
        Value::Unknown(_) => Err(Error::new("is unknown, which JSON cannot say")),
        Value::Bool(truth) => Ok(Json::Bool(*truth)),
        Value::String(text) => Ok(Json::String(text.clone())),
        Value::Number(number) => number_to_json(number),
        Value::List(elements) | Value::Tuple(elements) => array(elements),
        Value::Set(elements) => array(elements).map_err(Error::in_set),
        Value::Map(entries) => object_to_json(entries, Error::in_key),
        Value::Object(attributes) => object_to_json(attributes, Error::in_attribute),
        Value::Dynamic { r#type, value } => Ok(serde_json::json!({
            "value": to_json(value)?,
            "type": r#type.to_json(),
        })),
    }
}

fn object_to_json(
    entries: &BTreeMap<String, Value>,
    locate: fn(Error, &str) -> Error,
) -> Result<Json, Error> {
    entries
        .iter()
        .map(|(name, value)| {
            let json = to_json(value).map_err(|error| locate(error, name))?;
            Ok((name.clone(), json))
        })
        .collect::<Result<serde_json::Map<_, _>, _>>()
        .map(Json::Object)
}

fn number_to_json(number: &Number) -> Result<Json, Error> {
    let text = number.to_string();
    // JSON knows neither a leading plus nor a bare point, both of which a decimal may have.
    serde_json::from_str::<serde_json::Number>(&text)
        .or_else(|_| serde_json::from_str(&number.plain()))
        .map(Json::Number)
        .map_err(|_| Error::new("is a number that JSON cannot say"))
}
