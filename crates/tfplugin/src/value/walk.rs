//! Ways through a value: to a path, and to what is unknown.

use super::Value;
use crate::path::{AttributePath, Step};

/// The value at a path; `None` when the path leads nowhere.
pub(crate) fn descend<'a>(value: &'a Value, path: &AttributePath) -> Option<&'a Value> {
    path.steps().iter().try_fold(value, |value, step| {
        let value = match value {
            Value::Dynamic { value, .. } => value,
            value => value,
        };
        match (step, value) {
            (Step::Attribute(name), Value::Object(entries))
            | (Step::Key(name), Value::Map(entries)) => entries.get(name),
            (Step::Index(index), Value::List(elements) | Value::Tuple(elements)) => {
                elements.get(usize::try_from(*index).ok()?)
            }
            _ => None,
        }
    })
}

/// The ways to everything that is unknown; they end at the set when it is inside one.
pub(crate) fn unknown_paths(value: &Value) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    collect(value, &AttributePath::default(), &mut paths);
    paths
}

fn collect(value: &Value, path: &AttributePath, paths: &mut Vec<AttributePath>) {
    match value {
        Value::Unknown(_) => paths.push(path.clone()),
        Value::Set(elements) if !elements.iter().all(Value::is_wholly_known) => {
            paths.push(path.clone());
        }
        Value::List(elements) | Value::Tuple(elements) => {
            for (index, element) in (0..).zip(elements) {
                collect(element, &path.clone().index(index), paths);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                collect(value, &path.clone().key(key), paths);
            }
        }
        Value::Object(attributes) => {
            for (name, value) in attributes {
                collect(value, &path.clone().attribute(name), paths);
            }
        }
        Value::Dynamic { value, .. } => collect(value, path, paths),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Number(_) | Value::Set(_) => {}
    }
}

/// Replaces everything that is unknown by null.
pub(crate) fn null_unknowns(value: &mut Value) {
    match value {
        Value::Unknown(_) => *value = Value::Null,
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            elements.iter_mut().for_each(null_unknowns);
        }
        Value::Map(entries) | Value::Object(entries) => {
            entries.values_mut().for_each(null_unknowns);
        }
        Value::Dynamic { value, .. } => null_unknowns(value),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Number(_) => {}
    }
}
