//! A configuration that turns out to name another parameter than the state has.

use tfplugin::Diagnostic;

use super::{
    Model,
    target::{Target, is_same, known_group},
};
use crate::{
    connection::Databases, operation::Operation, provider::Configured, resources::replaced,
};

/// The warning of a plan that replaces a parameter, where it may be part of an apply.
pub(super) fn warn(provider: &Configured, config: &Model, prior: &Model) -> Option<Diagnostic> {
    let (before, now) = another(&provider.databases, config, prior)?;
    replaced::warning(provider, "Replication Parameter", &before, &now)
}

/// Refuses an update of another parameter than the state's: its plan did not know that yet.
///
/// # Errors
/// Both parameters, and to plan again.
pub(super) fn refuse(
    databases: &Databases,
    planned: &Model,
    prior: &Model,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    match another(databases, planned, prior) {
        None => Ok(()),
        Some((before, now)) => {
            let at = Target::from_model(planned).map_or("id", |target| target.attribute());
            Err(replaced::error(operation, &before, &now).at(at))
        }
    }
}

/// What the state names and what is named now, when these are two.
fn another(databases: &Databases, now: &Model, prior: &Model) -> Option<(String, String)> {
    (!is_same(now, prior, databases)).then(|| (described(prior), described(now)))
}

/// A parameter in words.
fn described(model: &Model) -> String {
    let of = match Target::from_model(model) {
        Some(Target::Publisher(identifier)) => format!("the {identifier}"),
        Some(Target::Group(group)) => format!("the {group}"),
        None => "something that is not known yet".to_owned(),
    };
    let region = match model.publisher.region.known() {
        Some(region) => format!(" in {region}"),
        None => String::new(),
    };
    let group = match known_group(model) {
        Some(group) if matches!(Target::from_model(model), Some(Target::Publisher(_))) => {
            format!(" (in the {group})")
        }
        _ => String::new(),
    };
    format!("the parameter of {of}{region}{group}")
}
