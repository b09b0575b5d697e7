//! What the schema alone says about a plan: defaults, what becomes unknown, what replaces.

use crate::{
    path::AttributePath,
    schema::{Attribute, AttributeType, BlockBody},
    value::{Value, descend},
};

/// Puts defaults where the configuration has null.
pub(super) fn apply_defaults(body: &BlockBody, proposed: &mut Value, config: &Value) {
    visit_body(body, proposed, config, &mut |attribute, value, config| {
        if let (Some(default), true) = (&attribute.default, config.is_null()) {
            value.clone_from(default);
        }
    });
}

/// Marks as unknown what the provider computes and the configuration leaves to it.
///
/// Terraform has put the prior values there already, so what uses the prior state stays as it
/// is, unless it is null: a value that is not there yet may come.
pub(super) fn mark_unknown(body: &BlockBody, proposed: &mut Value, config: &Value) {
    visit_body(body, proposed, config, &mut |attribute, value, config| {
        let is_left = attribute.computed && attribute.default.is_none() && config.is_null();
        let is_kept = attribute.use_prior_state && !value.is_null();
        if is_left && !is_kept && !attribute.write_only {
            *value = Value::UNKNOWN;
        }
    });
}

fn visit_body(
    body: &BlockBody,
    value: &mut Value,
    config: &Value,
    visit: &mut impl FnMut(&Attribute, &mut Value, &Value),
) {
    visit_attributes(&body.attributes, value, config, visit);
    let Value::Object(entries) = value else {
        return;
    };
    for block in &body.blocks {
        if let (Some(value), Some(config)) = (entries.get_mut(&block.name), config.get(&block.name))
        {
            for (value, config) in pairs(value, config) {
                visit_body(&block.body, value, config, visit);
            }
        }
    }
}

fn visit_attributes(
    attributes: &[Attribute],
    value: &mut Value,
    config: &Value,
    visit: &mut impl FnMut(&Attribute, &mut Value, &Value),
) {
    let Value::Object(entries) = value else {
        return;
    };
    for attribute in attributes {
        let Some(value) = entries.get_mut(&attribute.name) else {
            continue;
        };
        let config = config.get(&attribute.name).unwrap_or(&Value::Null);
        visit(attribute, value, config);
        if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            for (value, config) in pairs(value, config) {
                visit_attributes(attributes, value, config, visit);
            }
        }
    }
}

/// The objects of a proposed collection, each with the one of the configuration that it is from.
fn pairs<'a>(value: &'a mut Value, config: &'a Value) -> Vec<(&'a mut Value, &'a Value)> {
    match (value, config) {
        (value @ Value::Object(_), config @ Value::Object(_)) => vec![(value, config)],
        (Value::List(values), Value::List(configs)) => values.iter_mut().zip(configs).collect(),
        (Value::Map(values), Value::Map(configs)) => values
            .iter_mut()
            .filter_map(|(key, value)| Some((value, configs.get(key)?)))
            .collect(),
        (Value::Set(values), Value::Set(configs)) => {
            let mut left: Vec<&Value> = configs.iter().collect();
            let mut pairs = Vec::new();
            for value in values {
                // The one that says most: what says little fits others too.
                let found = (0..left.len())
                    .filter(|at| came_from(value, left[*at]))
                    .max_by_key(|at| said(left[*at]));
                if let Some(at) = found {
                    pairs.push((value, left.swap_remove(at)));
                }
            }
            pairs
        }
        (Value::Dynamic { value, .. }, Value::Dynamic { value: config, .. }) => {
            match (&mut **value, &**config) {
                (Value::Tuple(values), Value::Tuple(configs)) => {
                    values.iter_mut().zip(configs).collect()
                }
                (Value::Object(values), Value::Object(configs)) => values
                    .iter_mut()
                    .filter_map(|(key, value)| Some((value, configs.get(key)?)))
                    .collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// Whether a proposed element of a set has everything that one of the configuration says.
fn came_from(value: &Value, config: &Value) -> bool {
    match (value, config) {
        (_, Value::Null) => true,
        (Value::Object(values), Value::Object(configs)) => configs.iter().all(|(name, config)| {
            values
                .get(name)
                .is_some_and(|value| value.is_null() || came_from(value, config))
        }),
        (Value::List(values), Value::List(configs)) => {
            values.len() == configs.len()
                && values
                    .iter()
                    .zip(configs)
                    .all(|(value, config)| came_from(value, config))
        }
        (value, config) => value == config,
    }
}

/// How much a configuration says.
fn said(config: &Value) -> usize {
    match config {
        Value::Null => 0,
        Value::Object(entries) | Value::Map(entries) => entries.values().map(said).sum(),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            1 + elements.iter().map(said).sum::<usize>()
        }
        Value::Dynamic { value, .. } => said(value),
        Value::Unknown(_) | Value::Bool(_) | Value::String(_) | Value::Number(_) => 1,
    }
}

/// The attributes whose planned change replaces the resource, as the schema says.
pub(super) fn requires_replace(
    body: &BlockBody,
    prior: &Value,
    planned: &Value,
) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    replace_in_body(body, prior, planned, &AttributePath::default(), &mut paths);
    paths
}

/// Whether what is at a path changes. A path that leads nowhere before and after does not.
pub(super) fn changes(prior: &Value, planned: &Value, path: &AttributePath) -> bool {
    descend(prior, path) != descend(planned, path)
}

fn replace_in_body(
    body: &BlockBody,
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    paths: &mut Vec<AttributePath>,
) {
    replace_in_attributes(&body.attributes, prior, planned, path, paths);
    for block in &body.blocks {
        let path = path.clone().attribute(&block.name);
        let (prior, planned) = (prior.get(&block.name), planned.get(&block.name));
        let is_set = matches!(planned, Some(Value::Set(_)));
        for_each_change(prior, planned, &path, &mut |prior, planned, inner| {
            let mut found = Vec::new();
            replace_in_body(&block.body, prior, planned, inner, &mut found);
            paths.extend(if is_set { at_set(&path, &found) } else { found });
        });
    }
}

fn replace_in_attributes(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    paths: &mut Vec<AttributePath>,
) {
    for attribute in attributes {
        let path = path.clone().attribute(&attribute.name);
        let (prior, planned) = (prior.get(&attribute.name), planned.get(&attribute.name));
        if attribute.requires_replace {
            let (prior, planned) = (or_null(prior), or_null(planned));
            let may_stay = attribute.stays_while_unknown && !planned.is_wholly_known();
            if prior != planned && !may_stay {
                paths.push(path);
            }
            continue;
        }
        if let AttributeType::Nested(_, attributes) = &attribute.r#type {
            let is_set = matches!(planned, Some(Value::Set(_)));
            for_each_change(prior, planned, &path, &mut |prior, planned, inner| {
                let mut found = Vec::new();
                replace_in_attributes(attributes, prior, planned, inner, &mut found);
                paths.extend(if is_set { at_set(&path, &found) } else { found });
            });
        }
    }
}

/// What is found in elements of a set is found at the set.
fn at_set(path: &AttributePath, found: &[AttributePath]) -> Vec<AttributePath> {
    if found.is_empty() {
        Vec::new()
    } else {
        vec![path.clone()]
    }
}

/// Visits the objects before and after, with null for one that is on one side only.
fn for_each_change(
    prior: Option<&Value>,
    planned: Option<&Value>,
    path: &AttributePath,
    visit: &mut impl FnMut(&Value, &Value, &AttributePath),
) {
    let prior = inner(prior);
    let planned = inner(planned);
    match (prior, planned) {
        (Value::Map(priors), Value::Map(planneds)) => {
            for (key, planned) in planneds {
                let prior = priors.get(key).unwrap_or(&Value::Null);
                visit(prior, planned, &path.clone().key(key));
            }
            for (key, prior) in priors
                .iter()
                .filter(|(key, _)| !planneds.contains_key(*key))
            {
                visit(prior, &Value::Null, &path.clone().key(key));
            }
        }
        (Value::List(priors), Value::List(planneds))
        | (Value::Tuple(priors), Value::Tuple(planneds)) => {
            for index in 0..priors.len().max(planneds.len()) {
                let prior = priors.get(index).unwrap_or(&Value::Null);
                let planned = planneds.get(index).unwrap_or(&Value::Null);
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                visit(prior, planned, &path.clone().index(index));
            }
        }
        (Value::Set(priors), Value::Set(planneds)) => {
            let added: Vec<_> = planneds
                .iter()
                .filter(|one| !priors.contains(one))
                .collect();
            let removed: Vec<_> = priors
                .iter()
                .filter(|one| !planneds.contains(one))
                .collect();
            for index in 0..added.len().max(removed.len()) {
                let prior = removed.get(index).copied().unwrap_or(&Value::Null);
                let planned = added.get(index).copied().unwrap_or(&Value::Null);
                visit(prior, planned, path);
            }
        }
        (prior, planned @ Value::Object(_)) | (prior @ Value::Object(_), planned) => {
            visit(prior, planned, path);
        }
        _ => {}
    }
}

fn or_null(value: Option<&Value>) -> &Value {
    value.unwrap_or(&Value::Null)
}

fn inner(value: Option<&Value>) -> &Value {
    match value {
        Some(Value::Dynamic { value, .. }) => value,
        Some(value) => value,
        None => &Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        schema::{Block, Schema},
        value::Type,
    };

    fn disks() -> BlockBody {
        let attributes = [
            Attribute::string("path").required(),
            Attribute::string("kind").optional().default("ssd"),
            Attribute::string("device").computed().use_prior_state(),
            Attribute::string("uuid").computed(),
        ];
        Schema::new(0)
            .attribute(Attribute::nested_set("disk", attributes).optional())
            .body
    }

    fn disk(path: impl Into<Value>, kind: Value, device: Value, uuid: Value) -> Value {
        Value::object([
            ("path", path.into()),
            ("kind", kind),
            ("device", device),
            ("uuid", uuid),
        ])
    }

    fn set(disks: Vec<Value>) -> Value {
        Value::object([("disk", Value::Set(disks))])
    }

    #[test]
    fn element_of_a_set_is_matched_with_the_configured_one() {
        const NULL: Value = Value::Null;
        const UNKNOWN: Value = Value::UNKNOWN;
        let config = set(vec![
            disk("/home", "hdd".into(), NULL, NULL),
            disk("/", NULL, NULL, NULL),
            disk("/new", NULL, NULL, NULL),
        ]);
        // What Terraform proposes has the prior values where it found the element before.
        let mut proposed = set(vec![
            disk("/", "tape".into(), "sda".into(), "1".into()),
            disk("/new", NULL, NULL, NULL),
            disk("/home", "hdd".into(), "sdb".into(), "2".into()),
        ]);
        apply_defaults(&disks(), &mut proposed, &config);
        mark_unknown(&disks(), &mut proposed, &config);
        let expected = set(vec![
            disk("/", "ssd".into(), "sda".into(), UNKNOWN),
            disk("/new", "ssd".into(), UNKNOWN, UNKNOWN),
            disk("/home", "hdd".into(), "sdb".into(), UNKNOWN),
        ]);
        assert_eq!(proposed, expected);
    }

    #[test]
    fn unknown_elements_of_a_set_are_matched_each_with_one_of_the_configuration() {
        const NULL: Value = Value::Null;
        const UNKNOWN: Value = Value::UNKNOWN;
        let unknown = |kind: Value| disk(UNKNOWN, kind, NULL, NULL);
        let config = set(vec![unknown(NULL), unknown("hdd".into()), unknown(NULL)]);
        let mut proposed = set(vec![unknown("hdd".into()), unknown(NULL), unknown(NULL)]);
        apply_defaults(&disks(), &mut proposed, &config);
        mark_unknown(&disks(), &mut proposed, &config);
        let planned = |kind: &str| disk(UNKNOWN, kind.into(), UNKNOWN, UNKNOWN);
        assert_eq!(
            proposed,
            set(vec![planned("ssd"), planned("hdd"), planned("ssd")])
        );
    }

    #[test]
    fn set_with_unknown_elements_replaces_where_the_schema_says_so() {
        let attribute = Attribute::set("names", Type::String)
            .optional()
            .requires_replace();
        let body = Schema::new(0).attribute(attribute).body;
        let names = |names: Vec<Value>| Value::object([("names", Value::Set(names))]);
        let prior = names(vec!["a".into(), "b".into()]);
        for planned in [
            vec![Value::UNKNOWN, Value::UNKNOWN],
            vec!["a".into(), Value::UNKNOWN],
            vec!["a".into(), "b".into(), Value::UNKNOWN],
        ] {
            let paths = requires_replace(&body, &prior, &names(planned));
            assert_eq!(paths, ["names".into()]);
        }
    }

    #[test]
    fn value_that_is_not_known_yet_replaces_unless_it_may_stay() {
        let body = Schema::new(0)
            .attribute(Attribute::string("a").required().requires_replace())
            .attribute(
                Attribute::string("b")
                    .required()
                    .requires_replace_once_known(),
            )
            .body;
        let both = |value: Value| Value::object([("a", value.clone()), ("b", value)]);
        let replaced_by = |value: Value| requires_replace(&body, &both("x".into()), &both(value));
        assert_eq!(replaced_by(Value::UNKNOWN), ["a".into()]);
        assert_eq!(replaced_by("y".into()), ["a".into(), "b".into()]);
        assert_eq!(replaced_by("x".into()), []);
    }

    #[test]
    fn attributes_inside_what_is_not_configured_are_left_alone() {
        for config in [Value::Null, Value::UNKNOWN] {
            let mut proposed = Value::object([("disk", config.clone())]);
            let config = proposed.clone();
            apply_defaults(&disks(), &mut proposed, &config);
            mark_unknown(&disks(), &mut proposed, &config);
            assert_eq!(proposed, config);
        }
    }

    #[test]
    fn blocks_with_dynamic_attributes_are_reached() {
        let block = Block::list("rule")
            .attribute(Attribute::new("any", Type::Dynamic).optional())
            .attribute(Attribute::bool("on").optional().default(true));
        let body = Schema::new(0).block(block).body;
        let rule = |on: Value| {
            let object = Value::object([("any", Value::Null), ("on", on)]);
            let r#type = Type::Tuple(vec![Type::object([
                ("any", Type::Dynamic),
                ("on", Type::Bool),
            ])]);
            let value = Box::new(Value::Tuple(vec![object]));
            Value::object([("rule", Value::Dynamic { r#type, value })])
        };
        let config = rule(Value::Null);
        let mut proposed = config.clone();
        apply_defaults(&body, &mut proposed, &config);
        assert_eq!(proposed, rule(true.into()));
    }
}
