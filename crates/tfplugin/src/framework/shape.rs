//! The shape in which Terraform wants plans and states.

use std::collections::BTreeMap;

use crate::{
    schema::{Attribute, AttributeType, Block, BlockBody, BlockNesting},
    value::Value,
};

/// A block in which nothing is written.
pub(crate) fn empty(body: &BlockBody) -> Value {
    let attributes = body
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), Value::Null));
    let blocks = body
        .blocks
        .iter()
        .map(|block| (block.name.clone(), absent(block)));
    Value::Object(attributes.chain(blocks).collect())
}

/// The value of a block that is not written: only single ones are null.
pub(super) fn absent(block: &Block) -> Value {
    match block.nesting {
        BlockNesting::Single => Value::Null,
        BlockNesting::Group => empty(&block.body),
        BlockNesting::Set => Value::Set(Vec::new()),
        BlockNesting::List | BlockNesting::Map => {
            let empty = match block.nesting {
                BlockNesting::Map => Value::Map(BTreeMap::new()),
                _ => Value::List(Vec::new()),
            };
            match block.value_type() {
                crate::value::Type::Dynamic => dynamic_empty(block.nesting),
                _ => empty,
            }
        }
    }
}

/// Blocks with dynamic attributes are a tuple or an object of what each turns out to be.
fn dynamic_empty(nesting: BlockNesting) -> Value {
    use crate::value::Type;
    let (r#type, value) = match nesting {
        BlockNesting::Map => (
            Type::Object(BTreeMap::new()),
            Value::Object(BTreeMap::new()),
        ),
        _ => (Type::Tuple(Vec::new()), Value::Tuple(Vec::new())),
    };
    Value::Dynamic {
        r#type,
        value: Box::new(value),
    }
}

/// Replaces the nulls of blocks that are not there by what Terraform expects.
pub(crate) fn fill_blocks(body: &BlockBody, value: &mut Value) {
    let Value::Object(entries) = value else {
        return;
    };
    for block in &body.blocks {
        if let Some(value) = entries.get_mut(&block.name) {
            if value.is_null() {
                *value = absent(block);
            }
            for_each_object(value, &mut |object| fill_blocks(&block.body, object));
        }
    }
}

/// Nulls write-only values, and replaces the nulls of absent blocks by what Terraform expects.
pub(super) fn settle(body: &BlockBody, value: &mut Value) {
    fill_blocks(body, value);
    null_write_only(body, value);
}

fn null_write_only(body: &BlockBody, value: &mut Value) {
    let Value::Object(entries) = value else {
        return;
    };
    null_attributes(&body.attributes, entries);
    for block in &body.blocks {
        if let Some(value) = entries.get_mut(&block.name) {
            for_each_object(value, &mut |object| null_write_only(&block.body, object));
        }
    }
}

fn null_attributes(attributes: &[Attribute], entries: &mut BTreeMap<String, Value>) {
    for attribute in attributes {
        let Some(value) = entries.get_mut(&attribute.name) else {
            continue;
        };
        if attribute.write_only {
            *value = Value::Null;
        } else if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            for_each_object(value, &mut |object| {
                if let Value::Object(entries) = object {
                    null_attributes(attributes, entries);
                }
            });
        }
    }
}

/// Visits the object, or each object of the collection.
pub(super) fn for_each_object(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(_) => visit(value),
        Value::List(elements) | Value::Set(elements) => elements.iter_mut().for_each(visit),
        Value::Map(entries) => entries.values_mut().for_each(visit),
        Value::Dynamic { value, .. } => match &mut **value {
            Value::Tuple(elements) => elements.iter_mut().for_each(visit),
            Value::Object(entries) => entries.values_mut().for_each(visit),
            _ => {}
        },
        Value::Null
        | Value::Unknown(_)
        | Value::Bool(_)
        | Value::String(_)
        | Value::Number(_)
        | Value::Tuple(_) => {}
    }
}

/// Takes over from the original what amounts to the same. A model holds a number in its own form,
/// and may have to say that all is unknown where a part is; what did not change must travel as it
/// came.
pub(super) fn keep_form(value: &mut Value, original: &Value) {
    if value == original || (value.is_unknown() && !original.is_wholly_known()) {
        value.clone_from(original);
        return;
    }
    match (value, original) {
        (Value::List(elements), Value::List(originals))
        | (Value::Tuple(elements), Value::Tuple(originals)) => {
            for (element, original) in elements.iter_mut().zip(originals) {
                keep_form(element, original);
            }
        }
        (Value::Set(elements), Value::Set(originals)) => {
            let mut originals: Vec<&Value> = originals.iter().collect();
            originals.sort();
            for element in elements {
                if let Ok(at) = originals.binary_search(&&*element) {
                    element.clone_from(originals[at]);
                }
            }
        }
        (Value::Map(entries), Value::Map(originals))
        | (Value::Object(entries), Value::Object(originals)) => {
            for (name, value) in entries {
                if let Some(original) = originals.get(name) {
                    keep_form(value, original);
                }
            }
        }
        (
            Value::Dynamic { value, .. },
            Value::Dynamic {
                value: original, ..
            },
        ) => {
            keep_form(value, original);
        }
        _ => {}
    }
}
