//! A configuration that turns out to name another user than the state has.

use tfplugin::{Diagnostic, Field};

use super::{
    Model,
    target::{Target, database_ref, is_same, target_of},
};
use crate::{
    connection::{DatabaseLookup, Databases},
    operation::Operation,
    provider::Configured,
    rds_name,
    resources::replaced,
};

/// The warning of a plan that replaces a user, where it may be part of an apply.
pub(super) fn warn(provider: &Configured, config: &Model, prior: &Model) -> Option<Diagnostic> {
    let (before, now) = another(&provider.databases, config, prior)?;
    replaced::warning(provider, "Replication User", &before, &now)
}

/// A planned user, with what its state says where that is not known yet: whom a plan looks at.
pub(super) fn as_far_as_known(planned: &Model, prior: Option<&Model>) -> Model {
    let mut model = planned.clone();
    let Some(prior) = prior else {
        return model;
    };
    if database_ref(planned).identifier.is_unknown() || planned.database.region.is_unknown() {
        model.database = prior.database.clone();
    }
    if planned.name.is_unknown() {
        model.name = prior.name.clone();
    }
    model
}

/// Refuses an update of another user than the state's: its plan did not know that yet.
///
/// # Errors
/// Both users, and to plan again.
pub(super) fn refuse(
    databases: &Databases,
    planned: &Model,
    prior: &Model,
    operation: &Operation,
) -> Result<(), Diagnostic> {
    match another(databases, planned, prior) {
        None => Ok(()),
        Some((before, now)) => {
            let at = match planned.name == prior.name {
                true => database_ref(planned)
                    .identifier
                    .known()
                    .map_or("name", rds_name::argument),
                false => "name",
            };
            Err(replaced::error(operation, &before, &now).at(at))
        }
    }
}

/// The user of the state and the one that is named now, when these are two.
fn another(databases: &Databases, now: &Model, prior: &Model) -> Option<(String, String)> {
    // Where a user is that was moved here is not known before it is read.
    let is_moved = prior.id.is_null();
    let is_renamed = !now.name.is_unknown() && now.name != prior.name;
    if is_moved || (is_same(now, prior, databases) && !is_renamed) {
        return None;
    }
    let target = match databases.lookup(&database_ref(now)) {
        DatabaseLookup::Known(database) => Some(Target::new(&database)),
        DatabaseLookup::Unknown | DatabaseLookup::NotConfigured => None,
    };
    Some((described(prior, target_of(prior)), described(now, target)))
}

/// A user in words, with the database that is named or else is the target.
fn described(model: &Model, target: Option<Target>) -> String {
    let name = model.name.known().map_or("", String::as_str);
    let database_ref = database_ref(model);
    let database = match (database_ref.identifier, target) {
        (Field::Known(identifier), _) => identifier.to_string(),
        (_, Some(Target::Publisher(identifier))) => identifier.to_string(),
        (_, Some(target)) => format!("\"{target}\""),
        (_, None) => "another database".to_owned(),
    };
    match database_ref.region {
        Field::Known(region) => format!("the role {name:?} of the {database} in {region}"),
        Field::Null | Field::Unknown => format!("the role {name:?} of the {database}"),
    }
}
