//! Whether a value is of a type.

use super::{Type, Value};

/// Whether a value is of a type. Null and unknown are of every type.
pub(crate) fn has_type(value: &Value, r#type: &Type) -> bool {
    match (r#type, value) {
        (_, Value::Null | Value::Unknown(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::String, Value::String(_))
        | (Type::Number, Value::Number(_)) => true,
        (Type::List(element), Value::List(elements))
        | (Type::Set(element), Value::Set(elements)) => {
            elements.iter().all(|value| has_type(value, element))
        }
        (Type::Map(element), Value::Map(entries)) => {
            entries.values().all(|value| has_type(value, element))
        }
        (Type::Object(types), Value::Object(attributes)) => {
            types.len() == attributes.len()
                && types.iter().all(|(name, r#type)| {
                    attributes
                        .get(name)
                        .is_some_and(|value| has_type(value, r#type))
                })
        }
        (Type::Tuple(types), Value::Tuple(elements)) => {
            types.len() == elements.len()
                && types
                    .iter()
                    .zip(elements)
                    .all(|(r#type, value)| has_type(value, r#type))
        }
        (
            Type::Dynamic,
            Value::Dynamic {
                r#type: actual,
                value,
            },
        ) => *actual != Type::Dynamic && has_type(value, actual),
        _ => false,
    }
}
