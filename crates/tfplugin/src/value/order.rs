//! When values are equal, and an order to sort the elements of sets by.

use std::cmp::Ordering;

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
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::String(one), Self::String(two)) => one.cmp(two),
            (Self::Number(one), Self::Number(two)) => one.cmp(two),
            (Self::List(one), Self::List(two)) | (Self::Tuple(one), Self::Tuple(two)) => {
                one.cmp(two)
            }
            (Self::Set(one), Self::Set(two)) => distinct(one).cmp(&distinct(two)),
            (Self::Map(one), Self::Map(two)) | (Self::Object(one), Self::Object(two)) => {
                one.cmp(two)
            }
            (
                Self::Dynamic {
                    r#type: one_type,
                    value: one,
                },
                Self::Dynamic {
                    r#type: two_type,
                    value: two,
                },
            ) => one_type.cmp(two_type).then_with(|| one.cmp(two)),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// The elements of a set, each once, in order.
pub(super) fn distinct(elements: &[Value]) -> Vec<&Value> {
    let mut distinct: Vec<&Value> = elements.iter().collect();
    distinct.sort();
    distinct.dedup();
    distinct
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
