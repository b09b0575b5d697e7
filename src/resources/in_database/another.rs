//! A configuration that turns out to name another object than the state has.

use tfplugin::{Diagnostic, Field};

use super::{
    InDatabase,
    target::{Target, is_same, target_of},
};
use crate::{
    connection::{DatabaseLookup, Databases},
    operation::Operation,
    provider::Configured,
    rds_name,
    resources::replaced,
};

/// The warning of a plan that replaces an object, where it may be part of an apply.
pub(in crate::resources) fn warn<M: InDatabase>(
    provider: &Configured,
    config: &M,
    prior: &M,
) -> Option<Diagnostic> {
    let (before, now) = another(&provider.databases, config, prior)?;
    replaced::warning(provider, M::TITLE, &before, &now)
}

/// A planned object, with what its state says where that is not known yet: what a plan looks at.
pub(in crate::resources) fn as_far_as_known<M: InDatabase>(planned: &M, prior: Option<&M>) -> M {
    let mut model = planned.clone();
    let Some(prior) = prior else {
        return model;
    };
    let arguments = planned.arguments();
    if arguments.identifier().is_unknown() || arguments.region.is_unknown() {
        *model.arguments_mut() = prior.arguments().clone();
    }
    if planned.name().is_unknown() {
        *model.name_mut() = prior.name().clone();
    }
    model
}

/// Refuses an update of another object than the state's: its plan did not know that yet.
///
/// # Errors
/// Both objects, and to plan again.
pub(in crate::resources) fn refuse<M: InDatabase>(
    databases: &Databases,
    planned: &M,
    prior: &M,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    match another(databases, planned, prior) {
        None => Ok(()),
        Some((before, now)) => {
            let identifier = planned.arguments().identifier();
            let at = match planned.names_another(prior) {
                false => identifier.known().map_or(M::ARGUMENT, rds_name::argument),
                true => M::ARGUMENT,
            };
            Err(replaced::error(operation, &before, &now).at(at))
        }
    }
}

/// The object of the state and the one that is named now, when these are two.
fn another<M: InDatabase>(databases: &Databases, now: &M, prior: &M) -> Option<(String, String)> {
    // Where an object is that was moved here is not known before it is read.
    let is_moved = prior.id().is_null();
    if is_moved || (is_same(now, prior, databases) && !now.names_another(prior)) {
        return None;
    }
    let target = match databases.lookup(&now.database_ref()) {
        DatabaseLookup::Known(database) => Some(Target::new(&database)),
        DatabaseLookup::Unknown | DatabaseLookup::NotConfigured => None,
    };
    Some((described(prior, target_of(prior)), described(now, target)))
}

/// An object in words, with the database that is named or else is the target.
fn described<M: InDatabase>(model: &M, target: Option<Target>) -> String {
    let object = M::OBJECT;
    let name = model.path().or_else(|| model.name().known().cloned());
    let name = name.unwrap_or_default();
    let database_ref = model.database_ref();
    let database = match (database_ref.identifier, target) {
        (Field::Known(identifier), _) => identifier.to_string(),
        (_, Some(Target::Publisher(identifier))) => identifier.to_string(),
        (_, Some(target)) => format!("\"{target}\""),
        (_, None) => "another database".to_owned(),
    };
    match database_ref.region {
        Field::Known(region) => format!("the {object} {name:?} of the {database} in {region}"),
        Field::Null | Field::Unknown => format!("the {object} {name:?} of the {database}"),
    }
}
