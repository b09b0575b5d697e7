//! The contract that Terraform enforces, enforced here in words that help the author.

use super::bug;
use crate::{
    diagnostic::Diagnostics,
    path::AttributePath,
    schema::{Attribute, AttributeType, BlockBody},
    value::Value,
};

/// Holds a planned state against the configuration and the prior state.
pub(super) fn planned(
    body: &BlockBody,
    config: &Value,
    prior: &Value,
    planned: &Value,
) -> Diagnostics {
    let mut check = Check {
        what: "The planned value",
        diagnostics: Diagnostics::new(),
    };
    check.body(body, config, prior, planned, &AttributePath::default());
    check.diagnostics
}

/// Holds what a data source read against its configuration.
pub(super) fn data_source(body: &BlockBody, config: &Value, state: &Value) -> Diagnostics {
    let mut check = Check {
        what: "The value that was read",
        diagnostics: Diagnostics::new(),
    };
    check.body(body, config, &Value::Null, state, &AttributePath::default());
    check.diagnostics
}

/// Holds what an ephemeral resource opened as against its configuration.
pub(super) fn opened(body: &BlockBody, config: &Value, result: &Value) -> Diagnostics {
    let mut check = Check {
        what: "The value that was opened",
        diagnostics: Diagnostics::new(),
    };
    check.body(
        body,
        config,
        &Value::Null,
        result,
        &AttributePath::default(),
    );
    check.diagnostics
}

/// Holds a new state against the planned one.
pub(super) fn applied(planned: &Value, state: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    compare(planned, state, &AttributePath::default(), &mut diagnostics);
    diagnostics
}

struct Check {
    what: &'static str,
    diagnostics: Diagnostics,
}

impl Check {
    fn body(
        &mut self,
        body: &BlockBody,
        config: &Value,
        prior: &Value,
        planned: &Value,
        path: &AttributePath,
    ) {
        self.attributes(&body.attributes, config, prior, planned, path);
        for block in &body.blocks {
            let path = path.clone().attribute(&block.name);
            let config = at(config, &block.name);
            let prior = at(prior, &block.name);
            let planned = at(planned, &block.name);
            if config.is_unknown() || planned.is_unknown() {
                if config.is_unknown() != planned.is_unknown() {
                    self.broken(&path, "is not as unknown as the configuration");
                }
                continue;
            }
            match elements(config, prior, planned, &path) {
                Some(elements) => {
                    for (config, prior, planned, path) in elements {
                        self.body(&block.body, config, prior, planned, &path);
                    }
                }
                None => self.broken(&path, "does not have the blocks of the configuration"),
            }
        }
    }

    fn attributes(
        &mut self,
        attributes: &[Attribute],
        config: &Value,
        prior: &Value,
        planned: &Value,
        path: &AttributePath,
    ) {
        for attribute in attributes {
            let path = path.clone().attribute(&attribute.name);
            let config = at(config, &attribute.name);
            let prior = at(prior, &attribute.name);
            let planned = at(planned, &attribute.name);
            if attribute.write_only {
                if !planned.is_null() {
                    self.broken(&path, "is not null, although it is write-only");
                }
                continue;
            }
            let is_suppressed = planned == prior && !prior.is_null() && !config.is_null();
            if planned == config || is_suppressed {
                continue;
            }
            if config.is_null() {
                if !attribute.is_computed() {
                    self.broken(
                        &path,
                        "is set, although the configuration has null and it is not computed",
                    );
                }
                continue;
            }
            let nested = match &attribute.r#type {
                AttributeType::Nested(_, attributes) => {
                    Some(attributes).zip(elements(config, prior, planned, &path))
                }
                AttributeType::Plain(_) => None,
            };
            match nested {
                Some((attributes, elements)) => {
                    for (config, prior, planned, path) in elements {
                        self.attributes(attributes, config, prior, planned, &path);
                    }
                }
                None => self.broken(
                    &path,
                    "is neither the one of the configuration nor the prior one",
                ),
            }
        }
    }

    fn broken(&mut self, path: &AttributePath, how: &str) {
        let detail = format!("{} of {path} {how}.", self.what);
        self.diagnostics.push(bug(detail).at(path.clone()));
    }
}

fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

type Element<'a> = (&'a Value, &'a Value, &'a Value, AttributePath);

/// The objects of three collections, side by side; `None` when the configured and the planned
/// ones are not the same ones. Elements of sets are counted only, as Terraform does.
fn elements<'a>(
    config: &'a Value,
    prior: &'a Value,
    planned: &'a Value,
    path: &AttributePath,
) -> Option<Vec<Element<'a>>> {
    match (config, planned) {
        (Value::Null, Value::Null) => Some(Vec::new()),
        (Value::Object(_), Value::Object(_)) => Some(vec![(config, prior, planned, path.clone())]),
        (Value::List(configs), Value::List(planneds))
        | (Value::Tuple(configs), Value::Tuple(planneds)) => {
            if configs.len() != planneds.len() {
                return None;
            }
            let prior = |index: usize| prior.elements()?.get(index);
            Some(
                configs
                    .iter()
                    .zip(planneds)
                    .enumerate()
                    .map(|(index, (config, planned))| {
                        let step = i64::try_from(index).unwrap_or(i64::MAX);
                        let prior = prior(index).unwrap_or(&Value::Null);
                        (config, prior, planned, path.clone().index(step))
                    })
                    .collect(),
            )
        }
        (Value::Map(configs), Value::Map(planneds)) => {
            if !configs.keys().eq(planneds.keys()) {
                return None;
            }
            Some(
                configs
                    .iter()
                    .zip(planneds.values())
                    .map(|((key, config), planned)| {
                        (config, at(prior, key), planned, path.clone().key(key))
                    })
                    .collect(),
            )
        }
        (Value::Set(configs), Value::Set(planneds)) => {
            (configs.len() == planneds.len()).then(Vec::new)
        }
        (Value::Dynamic { value: config, .. }, Value::Dynamic { value: planned, .. }) => {
            let prior = match prior {
                Value::Dynamic { value, .. } => value,
                prior => prior,
            };
            elements(config, prior, planned, path)
        }
        _ => None,
    }
}

/// Reports where a new state is not what was planned. Unknown becomes anything.
fn compare(planned: &Value, state: &Value, path: &AttributePath, diagnostics: &mut Diagnostics) {
    match (planned, state) {
        (Value::Unknown(_), _) => {}
        (Value::Object(planneds), Value::Object(states)) => {
            for (name, planned) in planneds {
                let state = states.get(name).unwrap_or(&Value::Null);
                compare(planned, state, &path.clone().attribute(name), diagnostics);
            }
        }
        (Value::Map(planneds), Value::Map(states)) if planneds.keys().eq(states.keys()) => {
            for ((key, planned), state) in planneds.iter().zip(states.values()) {
                compare(planned, state, &path.clone().key(key), diagnostics);
            }
        }
        (Value::List(planneds), Value::List(states))
        | (Value::Tuple(planneds), Value::Tuple(states))
            if planneds.len() == states.len() =>
        {
            for (index, (planned, state)) in (0..).zip(planneds.iter().zip(states)) {
                compare(planned, state, &path.clone().index(index), diagnostics);
            }
        }
        // Thousands of elements are soon compared in order, and not each with each.
        (Value::Set(planneds), Value::Set(states))
            if planneds == states || correlate(planneds, states) => {}
        (Value::Dynamic { value: planned, .. }, Value::Dynamic { value: state, .. }) => {
            compare(planned, state, path, diagnostics);
        }
        (planned, state) if planned == state => {}
        _ => {
            let detail =
                format!("The value of {path} after the apply is not the one that was planned.");
            diagnostics.push(bug(detail).at(path.clone()));
        }
    }
}

/// Whether each element of either set can be one of the other. Elements that were unknown may
/// turn out to be the same, so that there may be fewer than planned.
fn correlate(planneds: &[Value], states: &[Value]) -> bool {
    let fits = |planned: &Value, state: &Value| {
        let mut diagnostics = Diagnostics::new();
        compare(planned, state, &AttributePath::default(), &mut diagnostics);
        diagnostics.is_empty()
    };
    states.len() <= planneds.len()
        && states
            .iter()
            .all(|state| planneds.iter().any(|planned| fits(planned, state)))
        && planneds
            .iter()
            .all(|planned| states.iter().any(|state| fits(planned, state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        schema::{Attribute, Block, Schema},
        value::Type,
    };

    fn body() -> BlockBody {
        Schema::new(0)
            .attribute(Attribute::string("plain").optional())
            .attribute(Attribute::string("both").optional().computed())
            .attribute(Attribute::string("secret_wo").optional().write_only())
            .attribute(Attribute::list("list", Type::String).optional())
            .attribute(Attribute::set("set", Type::String).optional())
            .attribute(
                Attribute::nested_list(
                    "nested",
                    [
                        Attribute::string("set").optional(),
                        Attribute::string("made").computed(),
                    ],
                )
                .optional(),
            )
            .block(Block::list("block").attribute(Attribute::string("set").optional()))
            .body
    }

    /// An object of that schema with the given attributes and blocks.
    fn object(entries: &[(&str, Value)]) -> Value {
        let mut object = super::super::normalize::empty(&body());
        if let Value::Object(all) = &mut object {
            all.extend(
                entries
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
        }
        object
    }

    fn list(elements: &[Value]) -> Value {
        Value::List(elements.to_vec())
    }

    fn set(elements: &[Value]) -> Value {
        Value::Set(elements.to_vec())
    }

    fn nested(set: Value, made: Value) -> Value {
        Value::object([("set", set), ("made", made)])
    }

    fn paths(diagnostics: &Diagnostics) -> Vec<String> {
        diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.attribute.as_ref().map(ToString::to_string))
            .collect()
    }

    #[test]
    fn plan_is_held_against_config_and_prior_state() {
        let x = || Value::from("x");
        let y = || Value::from("y");
        let null = || Value::Null;
        let unknown = || Value::UNKNOWN;
        let rule = |set: Value| Value::object([("set", set)]);
        // Attribute or block, configuration, prior state, plan, paths at fault.
        let table: Vec<(&str, Value, Value, Value, &[&str])> = vec![
            ("plain", x(), null(), x(), &[]),
            ("plain", x(), y(), y(), &[]),
            ("plain", x(), y(), unknown(), &["plain"]),
            ("plain", null(), y(), y(), &["plain"]),
            ("plain", unknown(), y(), unknown(), &[]),
            ("plain", unknown(), null(), x(), &["plain"]),
            ("both", null(), y(), unknown(), &[]),
            ("both", null(), y(), x(), &[]),
            ("both", x(), null(), y(), &["both"]),
            ("secret_wo", x(), null(), null(), &[]),
            ("secret_wo", x(), null(), x(), &["secret_wo"]),
            ("list", list(&[x()]), null(), list(&[x(), y()]), &["list"]),
            (
                "set",
                set(&[unknown(), x(), unknown()]),
                set(&[x()]),
                set(&[unknown(), unknown(), x()]),
                &[],
            ),
            (
                "set",
                set(&[unknown(), unknown()]),
                null(),
                set(&[unknown()]),
                &["set"],
            ),
            (
                "set",
                set(&[unknown(), x()]),
                null(),
                set(&[unknown(), y()]),
                &["set"],
            ),
            (
                "nested",
                list(&[nested(x(), null())]),
                null(),
                list(&[nested(x(), unknown())]),
                &[],
            ),
            (
                "nested",
                list(&[nested(x(), null())]),
                null(),
                list(&[nested(y(), unknown())]),
                &["nested[0].set"],
            ),
            (
                "nested",
                list(&[nested(x(), null())]),
                null(),
                list(&[]),
                &["nested"],
            ),
            (
                "nested",
                list(&[nested(x(), null())]),
                null(),
                unknown(),
                &["nested"],
            ),
            ("nested", null(), null(), list(&[]), &["nested"]),
            (
                "block",
                list(&[rule(x())]),
                list(&[]),
                list(&[rule(x())]),
                &[],
            ),
            (
                "block",
                list(&[rule(x())]),
                list(&[]),
                list(&[]),
                &["block"],
            ),
            (
                "block",
                list(&[rule(x())]),
                list(&[]),
                unknown(),
                &["block"],
            ),
            ("block", unknown(), list(&[]), unknown(), &[]),
            ("block", list(&[]), list(&[]), null(), &["block"]),
        ];
        for (name, config, prior, plan, expected) in table {
            let diagnostics = planned(
                &body(),
                &object(&[(name, config.clone())]),
                &object(&[(name, prior)]),
                &object(&[(name, plan.clone())]),
            );
            assert_eq!(
                paths(&diagnostics),
                expected,
                "{name}: {config:?} planned as {plan:?}"
            );
        }
    }

    #[test]
    fn state_is_held_against_the_plan() {
        let owned = |elements: &[&Value]| elements.iter().map(|one| (*one).clone()).collect();
        let set = |elements: &[&Value]| Value::Set(owned(elements));
        let list = |elements: &[&Value]| Value::List(owned(elements));
        let [x, y, z] = ["x", "y", "z"].map(Value::from);
        let unknown = Value::UNKNOWN;
        let table = [
            (unknown.clone(), y.clone(), true),
            (unknown.clone(), Value::Null, true),
            (x.clone(), x.clone(), true),
            (x.clone(), y.clone(), false),
            (x.clone(), Value::Null, false),
            (Value::Null, x.clone(), false),
            (list(&[&unknown]), list(&[&x]), true),
            (list(&[&x]), list(&[&x, &y]), false),
            (set(&[&unknown, &x]), set(&[&x]), true),
            (set(&[&unknown, &x]), set(&[&x, &y]), true),
            (set(&[&unknown]), set(&[&x, &y]), false),
            (set(&[&unknown, &unknown]), set(&[&x, &y]), true),
            (set(&[&unknown, &unknown]), set(&[&x]), true),
            (set(&[&unknown, &unknown]), set(&[]), false),
            (set(&[&unknown, &unknown, &x]), set(&[&x]), true),
            (set(&[&unknown, &unknown, &x]), set(&[&y]), false),
            (set(&[&unknown, &unknown]), set(&[&x, &y, &z]), false),
            (set(&[&x]), set(&[&y]), false),
            (set(&[&x, &y]), set(&[&x]), false),
        ];
        for (plan, state, fits) in table {
            let diagnostics = applied(
                &Value::object([("a", plan.clone())]),
                &Value::object([("a", state.clone())]),
            );
            assert_eq!(diagnostics.is_empty(), fits, "{plan:?} became {state:?}");
        }
    }
}
