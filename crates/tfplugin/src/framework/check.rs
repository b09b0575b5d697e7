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
        (Value::Set(planneds), Value::Set(states)) if correlate(planneds, states) => {}
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
