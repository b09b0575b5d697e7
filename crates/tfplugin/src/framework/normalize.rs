//! Normalizes values to the form in which Terraform wants plans and states.

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
pub(super) fn to_schema(body: &BlockBody, value: &mut Value) {
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

/// Nulls the empty texts of optional strings.
pub(super) fn null_empty(body: &BlockBody, value: &mut Value) {
    let Value::Object(entries) = value else {
        return;
    };
    null_empty_attributes(&body.attributes, entries);
    for block in &body.blocks {
        if let Some(value) = entries.get_mut(&block.name) {
            for_each_object(value, &mut |object| null_empty(&block.body, object));
        }
    }
}

fn null_empty_attributes(attributes: &[Attribute], entries: &mut BTreeMap<String, Value>) {
    for attribute in attributes {
        let Some(value) = entries.get_mut(&attribute.name) else {
            continue;
        };
        if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            for_each_object(value, &mut |object| {
                if let Value::Object(entries) = object {
                    null_empty_attributes(attributes, entries);
                }
            });
        } else if attribute.optional && !attribute.keeps_empty && value.as_str() == Some("") {
            *value = Value::Null;
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
pub(super) fn preserve_encoding(value: &mut Value, original: &Value) {
    if value == original || says_less(value, original) {
        value.clone_from(original);
        return;
    }
    match (value, original) {
        (Value::List(elements), Value::List(originals))
        | (Value::Tuple(elements), Value::Tuple(originals)) => {
            for (element, original) in elements.iter_mut().zip(originals) {
                preserve_encoding(element, original);
            }
        }
        (Value::Set(elements), Value::Set(originals)) => keep_elements(elements, originals),
        (Value::Map(entries), Value::Map(originals))
        | (Value::Object(entries), Value::Object(originals)) => {
            for (name, value) in entries {
                if let Some(original) = originals.get(name) {
                    preserve_encoding(value, original);
                }
            }
        }
        (
            Value::Dynamic { value, .. },
            Value::Dynamic {
                value: original, ..
            },
        ) => {
            preserve_encoding(value, original);
        }
        _ => {}
    }
}

/// Takes over the elements of a set that amount to the same, each that is not wholly known once.
fn keep_elements(elements: &mut Vec<Value>, originals: &[Value]) {
    let (mut known, mut vague): (Vec<&Value>, Vec<&Value>) = originals
        .iter()
        .partition(|original| original.is_wholly_known());
    known.sort();
    // What is found as it is must not be taken by an element that only says less.
    let mut left = Vec::new();
    for element in elements.iter_mut() {
        if element.is_wholly_known() {
            if let Ok(at) = known.binary_search(&&*element) {
                element.clone_from(known[at]);
            }
        } else if let Some(at) = vague.iter().position(|one| *one == element) {
            element.clone_from(vague.swap_remove(at));
        } else {
            left.push(element);
        }
    }
    for element in left {
        if let Some(at) = vague.iter().position(|one| may_be(element, one)) {
            element.clone_from(vague.swap_remove(at));
        }
    }
    // A model that is a set itself has taken equal unknown elements for one.
    vague.retain(|one| elements.contains(one));
    elements.extend(vague.into_iter().cloned());
}

/// Whether the value says of the original, a part of which is unknown, no more than that it is.
fn says_less(value: &Value, original: &Value) -> bool {
    value.is_unknown() && !original.is_wholly_known()
}

/// Whether a value is what a model can say of the original.
fn may_be(value: &Value, original: &Value) -> bool {
    if value == original || says_less(value, original) {
        return true;
    }
    match (value, original) {
        (Value::List(values), Value::List(originals))
        | (Value::Tuple(values), Value::Tuple(originals)) => {
            values.len() == originals.len()
                && values
                    .iter()
                    .zip(originals)
                    .all(|(one, two)| may_be(one, two))
        }
        (Value::Map(values), Value::Map(originals))
        | (Value::Object(values), Value::Object(originals)) => {
            values.len() == originals.len()
                && values.iter().all(|(name, value)| {
                    originals
                        .get(name)
                        .is_some_and(|original| may_be(value, original))
                })
        }
        (Value::Set(values), Value::Set(originals)) => {
            let mut left: Vec<&Value> = originals.iter().collect();
            values.len() == originals.len()
                && values.iter().all(|value| {
                    let at = left.iter().position(|original| may_be(value, original));
                    at.map(|at| left.swap_remove(at)).is_some()
                })
        }
        (
            Value::Dynamic { value, .. },
            Value::Dynamic {
                value: original, ..
            },
        ) => may_be(value, original),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn part(name: &str, tags: Value) -> Value {
        Value::object([("name", name.into()), ("tags", tags)])
    }

    #[test]
    fn empty_text_of_an_optional_string_is_nulled_at_any_depth() {
        let schema = |schema: Schema| {
            schema
                .attribute(Attribute::string("optional").optional())
                .attribute(Attribute::string("required").required())
                .attribute(Attribute::string("keeps").optional().keeps_empty())
        };
        let block = Block {
            body: schema(Schema::new(0)).body,
            ..Block::list("block")
        };
        let nested = Attribute::nested_single("nested", schema(Schema::new(0)).body.attributes);
        let body = schema(Schema::new(0))
            .attribute(nested.optional())
            .block(block)
            .body;
        let object = |optional: Value| {
            [
                ("optional", optional),
                ("required", "".into()),
                ("keeps", "".into()),
            ]
        };
        let whole = |optional: Value| {
            let inner = Value::object(object(optional.clone()));
            let parts = [
                ("nested", inner.clone()),
                ("block", Value::List(vec![inner])),
            ];
            Value::object(object(optional).into_iter().chain(parts))
        };
        let mut value = whole("".into());
        null_empty(&body, &mut value);
        assert_eq!(value, whole(Value::Null));
        let mut value = whole("a".into());
        null_empty(&body, &mut value);
        assert_eq!(value, whole("a".into()));
    }

    #[test]
    fn set_that_the_model_says_less_of_is_the_original_one() {
        const UNKNOWN: Value = Value::UNKNOWN;
        let tags = |tags: &[Value]| Value::List(tags.to_vec());
        let original = Value::Set(vec![
            part("a", tags(&["x".into(), UNKNOWN])),
            part("a", tags(&["y".into(), UNKNOWN])),
            part("a", UNKNOWN),
            part("b", tags(&["x".into()])),
            UNKNOWN,
            UNKNOWN,
        ]);
        // What models of different kinds have made of it.
        let models = [
            UNKNOWN,
            // Parts whose tags cannot be known in part.
            Value::Set(vec![
                UNKNOWN,
                part("a", UNKNOWN),
                part("a", UNKNOWN),
                part("a", UNKNOWN),
                part("b", tags(&["x".into()])),
                UNKNOWN,
            ]),
            // A set, in which equal unknown elements are one.
            Value::Set(vec![
                part("a", tags(&["x".into(), UNKNOWN])),
                part("a", tags(&["y".into(), UNKNOWN])),
                part("a", UNKNOWN),
                part("b", tags(&["x".into()])),
                UNKNOWN,
            ]),
        ];
        for mut model in models {
            preserve_encoding(&mut model, &original);
            assert_eq!(model, original);
        }
    }

    #[test]
    fn set_that_is_another_one_stays_that_way() {
        const UNKNOWN: Value = Value::UNKNOWN;
        let original = Value::Set(vec!["a".into(), UNKNOWN]);
        let list = |element: &str| Value::List(vec![element.into(), UNKNOWN]);
        for (other, original) in [
            (Value::Set(vec!["a".into(), "b".into()]), original.clone()),
            (Value::Set(vec!["b".into(), UNKNOWN]), original),
            (
                Value::Set(vec![part("b", UNKNOWN)]),
                Value::Set(vec![part("a", list("x"))]),
            ),
        ] {
            let mut value = other.clone();
            preserve_encoding(&mut value, &original);
            assert_eq!(value, other);
        }
    }
}
