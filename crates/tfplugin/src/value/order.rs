//! When values are equal, and an order to sort the elements of sets by.

use std::{cmp::Ordering, collections::BTreeMap};

use super::Value;

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// An order without a meaning of its own, in which only equal values compare as equal.
    fn cmp(&self, other: &Self) -> Ordering {
        if has_set(self) || has_set(other) {
            compare(&arranged(self), &arranged(other))
        } else {
            compare(self, other)
        }
    }
}

/// Compares values all of whose sets are arranged. Arranging them here, at each comparison, would
/// take exponentially long for sets in sets.
fn compare(one: &Value, two: &Value) -> Ordering {
    match (one, two) {
        (Value::Bool(one), Value::Bool(two)) => one.cmp(two),
        (Value::String(one), Value::String(two)) => one.cmp(two),
        (Value::Number(one), Value::Number(two)) => one.cmp(two),
        (Value::List(one), Value::List(two))
        | (Value::Tuple(one), Value::Tuple(two))
        | (Value::Set(one), Value::Set(two)) => compare_all(one.iter(), two.iter(), compare),
        (Value::Map(one), Value::Map(two)) | (Value::Object(one), Value::Object(two)) => {
            compare_all(one.iter(), two.iter(), |one, two| {
                one.0.cmp(two.0).then_with(|| compare(one.1, two.1))
            })
        }
        (
            Value::Dynamic {
                r#type: one_type,
                value: one,
            },
            Value::Dynamic {
                r#type: two_type,
                value: two,
            },
        ) => one_type.cmp(two_type).then_with(|| compare(one, two)),
        _ => rank(one).cmp(&rank(two)),
    }
}

/// Compares element by element; when one side ends, it is the lesser.
fn compare_all<T>(
    mut one: impl Iterator<Item = T>,
    mut two: impl Iterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        match (one.next(), two.next()) {
            (Some(one), Some(two)) => match compare(one, two) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
            (one, two) => return one.is_some().cmp(&two.is_some()),
        }
    }
}

fn has_set(value: &Value) -> bool {
    match value {
        Value::Set(_) => true,
        Value::List(elements) | Value::Tuple(elements) => elements.iter().any(has_set),
        Value::Map(entries) | Value::Object(entries) => entries.values().any(has_set),
        Value::Dynamic { value, .. } => has_set(value),
        Value::Null | Value::Unknown(_) | Value::Bool(_) | Value::String(_) | Value::Number(_) => {
            false
        }
    }
}

/// The value, with each of its sets arranged.
fn arranged(value: &Value) -> Value {
    let all = |elements: &[Value]| elements.iter().map(arranged).collect();
    let each = |entries: &BTreeMap<String, Value>| {
        entries
            .iter()
            .map(|(name, value)| (name.clone(), arranged(value)))
            .collect()
    };
    match value {
        Value::Set(elements) => Value::Set(set(all(elements))),
        Value::List(elements) => Value::List(all(elements)),
        Value::Tuple(elements) => Value::Tuple(all(elements)),
        Value::Map(entries) => Value::Map(each(entries)),
        Value::Object(entries) => Value::Object(each(entries)),
        Value::Dynamic { r#type, value } => Value::Dynamic {
            r#type: r#type.clone(),
            value: Box::new(arranged(value)),
        },
        value => value.clone(),
    }
}

/// The elements of a set, each once, in order. Sets inside of them are arranged already.
///
/// What is not wholly known is no duplicate of anything, since it may become something else:
/// two unknown elements are two.
pub(super) fn set(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort_by(compare);
    elements.dedup_by(|one, two| compare(one, two) == Ordering::Equal && one.is_wholly_known());
    elements
}

/// The elements of a set that anybody may have made, each once, in order.
pub(super) fn distinct(elements: &[Value]) -> Vec<Value> {
    set(elements.iter().map(arranged).collect())
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Unknown(_) => 1,
        Value::Bool(_) => 2,
        Value::String(_) => 3,
        Value::Number(_) => 4,
        Value::List(_) => 5,
        Value::Set(_) => 6,
        Value::Map(_) => 7,
        Value::Object(_) => 8,
        Value::Tuple(_) => 9,
        Value::Dynamic { .. } => 10,
    }
}
