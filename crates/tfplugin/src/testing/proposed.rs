//! What Terraform proposes as the new state: the configuration, merged into the prior state.

use std::collections::BTreeMap;

use crate::{
    framework::normalize,
    schema::{Attribute, AttributeType, BlockBody},
    value::Value,
};

/// The proposal for a block: what the configuration says and, where it leaves something to the
/// provider, what was there before.
pub(super) fn state(body: &BlockBody, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return Value::Null;
    }
    let empty = normalize::empty(body);
    let prior = if prior.is_null() { &empty } else { prior };
    block(body, prior, config)
}

fn block(body: &BlockBody, prior: &Value, config: &Value) -> Value {
    let mut entries = attributes(&body.attributes, prior, config);
    for nested in &body.blocks {
        let (prior, config) = (at(prior, &nested.name), at(config, &nested.name));
        let merge = |prior: &Value, config: &Value| block(&nested.body, prior, config);
        let likely =
            |prior: &Value, config: &Value| is_likely(&nested.body.attributes, prior, config);
        entries.insert(nested.name.clone(), each(prior, config, &merge, &likely));
    }
    Value::Object(entries)
}

fn attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> BTreeMap<String, Value> {
    attributes
        .iter()
        .map(|attribute| {
            let (prior, config) = (at(prior, &attribute.name), at(config, &attribute.name));
            (attribute.name.clone(), merged(attribute, prior, config))
        })
        .collect()
}

fn merged(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return match &attribute.r#type {
            // What the practitioner took out of the configuration is not kept.
            AttributeType::Nested(_, nested)
                if attribute.optional && holds_configured(nested, prior) =>
            {
                Value::Null
            }
            _ if attribute.is_computed() => prior.clone(),
            _ => Value::Null,
        };
    }
    match &attribute.r#type {
        AttributeType::Plain(_) => config.clone(),
        AttributeType::Nested(_, nested) => {
            let merge = |prior: &Value, config: &Value| match config {
                Value::Object(_) => Value::Object(attributes(nested, prior, config)),
                config => config.clone(),
            };
            let likely = |prior: &Value, config: &Value| is_likely(nested, prior, config);
            each(prior, config, &merge, &likely)
        }
    }
}

/// Merges the object, or each object of the collection with the one that was there before.
fn each(
    prior: &Value,
    config: &Value,
    merge: &dyn Fn(&Value, &Value) -> Value,
    likely: &dyn Fn(&Value, &Value) -> bool,
) -> Value {
    match (config, prior) {
        (Value::Object(_), prior) => merge(prior, config),
        (Value::List(configs), prior) => Value::List(
            configs
                .iter()
                .enumerate()
                .map(|(index, config)| merge(element(prior, index), config))
                .collect(),
        ),
        (Value::Map(configs), prior) => Value::Map(
            configs
                .iter()
                .map(|(key, config)| (key.clone(), merge(at(prior, key), config)))
                .collect(),
        ),
        (Value::Set(configs), prior) => {
            let mut left: Vec<&Value> = prior.elements().unwrap_or_default().iter().collect();
            Value::Set(
                configs
                    .iter()
                    .map(|config| {
                        let at = left.iter().position(|prior| likely(prior, config));
                        let prior = at.map_or(&Value::Null, |at| left.swap_remove(at));
                        merge(prior, config)
                    })
                    .collect(),
            )
        }
        (Value::Dynamic { r#type, value }, prior) => {
            let prior = match prior {
                Value::Dynamic { value, .. } => value,
                prior => prior,
            };
            let value = match &**value {
                Value::Tuple(configs) => Value::Tuple(
                    configs
                        .iter()
                        .enumerate()
                        .map(|(index, config)| merge(element(prior, index), config))
                        .collect(),
                ),
                Value::Object(configs) => Value::Object(
                    configs
                        .iter()
                        .map(|(key, config)| (key.clone(), merge(at(prior, key), config)))
                        .collect(),
                ),
                value => value.clone(),
            };
            Value::Dynamic {
                r#type: r#type.clone(),
                value: Box::new(value),
            }
        }
        (config, _) => config.clone(),
    }
}

fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn element(value: &Value, index: usize) -> &Value {
    value
        .elements()
        .and_then(|elements| elements.get(index))
        .unwrap_or(&Value::Null)
}

/// Whether an element of a set that was there before is likely the configured one: they agree in
/// all that is not left to the provider.
fn is_likely(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let (prior, config) = (at(prior, &attribute.name), at(config, &attribute.name));
        prior == config || (attribute.is_computed() && config.is_null())
    })
}

/// Whether nested attributes hold something that only a configuration can have set.
fn holds_configured(attributes: &[Attribute], value: &Value) -> bool {
    let in_object = |object: &Value| {
        attributes
            .iter()
            .any(|attribute| !attribute.is_computed() && !at(object, &attribute.name).is_null())
    };
    match value {
        Value::Object(_) => in_object(value),
        Value::Map(entries) => entries.values().any(in_object),
        value => value
            .elements()
            .is_some_and(|elements| elements.iter().any(in_object)),
    }
}
