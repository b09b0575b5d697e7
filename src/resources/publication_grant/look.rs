//! What a plan says of the world: silent when nothing changes, and never in the way.

use std::sync::Arc;

use tfplugin::{Diagnostic, Diagnostics};

use super::{
    Model,
    desired::{changes, desired},
    notice::shown,
    reading::names_all_tables,
};
use crate::{
    connection::{DatabaseLookup, Endpoint},
    diagnostics,
    operation::Operation,
    postgres::{
        TableName,
        publication::Publications,
        publication_grant::{Desired, Ours, Table},
    },
    provider::Configured,
    resources::{
        in_database::{InDatabase, claimed, target::Target},
        publication::Model as Publication,
        replication_user::Model as User,
    },
};

/// What a plan that creates or changes a grant should say. Silent about a database that is not there yet.
pub(super) async fn at_plan(
    provider: &Configured,
    operation: &Operation,
    planned: &Model,
    prior: Option<&Model>,
) -> Diagnostics {
    let is_known = planned.role.known().is_some() && planned.publications.known().is_some();
    if !is_known || prior.is_some_and(|prior| !changes(prior, planned)) {
        return Diagnostics::new();
    }
    let endpoint = match endpoint(provider, operation, planned).await {
        Ok(Some(endpoint)) => endpoint,
        Ok(None) => return Diagnostics::new(),
        Err(warning) => return warning.into(),
    };
    let scope = operation.scope();
    let desired = desired(planned);
    let read = async {
        let found = endpoint.connector.publications_for_plan(scope).await?;
        let all = match names_all_tables(&found, &desired) {
            true => endpoint.connector.readers_of_all(scope).await?,
            false => Arc::default(),
        };
        Ok((found, all))
    };
    match read.await {
        Err(error) => {
            let error = diagnostics::server(operation, &endpoint, &error);
            error.into_warning().into()
        }
        Ok((found, all)) => {
            let others: Vec<&Table> = all.values().collect();
            let is_role_expected = is_role_expected(provider, planned);
            let missing = desired.publications.iter().filter(|name| {
                found.get(name).is_none() && !is_publication_expected(provider, planned, name)
            });
            let missing: Vec<String> = missing.map(|name| format!("{name:?}")).collect();
            let mut warnings = not_there(&missing);
            let owners = desired.future_of.iter().filter(|owner| {
                let is_there = found.rights.snapshot.oid(owner).is_some();
                !is_there && !is_expected(provider, planned, User::OBJECT, None, owner)
            });
            let owners: Vec<String> = owners.map(|owner| format!("{owner:?}")).collect();
            warnings.extend(no_owners(&owners));
            warnings.extend(of_tables(
                &endpoint,
                &found,
                &others,
                &desired,
                is_role_expected,
            ));
            warnings
        }
    }
}

/// Whether the same run makes the role, or has one of the publications publish something else.
pub(super) fn follows(provider: &Configured, planned: &Model) -> bool {
    let mut names = planned.publications.known().into_iter().flatten();
    is_role_expected(provider, planned)
        || names.any(|name| is_publication_expected(provider, planned, name))
}

/// Whether the same run makes the role.
pub(super) fn is_role_expected(provider: &Configured, planned: &Model) -> bool {
    is_expected(
        provider,
        planned,
        User::OBJECT,
        None,
        &planned.role.or_default(),
    )
}

/// Whether the same run makes a publication, or has it publish something else.
fn is_publication_expected(provider: &Configured, planned: &Model, name: &str) -> bool {
    let database = planned.database.known().map(String::as_str);
    is_expected(provider, planned, Publication::OBJECT, database, name)
}

fn is_expected(
    provider: &Configured,
    planned: &Model,
    object: &str,
    database: Option<&str>,
    name: &str,
) -> bool {
    let DatabaseLookup::Known(at) = provider.databases.lookup(&planned.database_ref()) else {
        return false;
    };
    claimed::is_expected(provider, object, &Target::new(&at), database, name)
}

/// That publications are not there, and nothing creates them.
fn not_there(missing: &[String]) -> Diagnostics {
    if missing.is_empty() {
        return Diagnostics::new();
    }
    let detail = format!(
        "These publications are not there yet, and the apply is refused as long as that is so: {}.",
        missing.join(", ")
    );
    let warning = Diagnostic::warning("Publications Not There", detail);
    warning.at("publications").into()
}

/// That owners of tables to come are not there, and nothing creates them.
fn no_owners(missing: &[String]) -> Option<Diagnostic> {
    if missing.is_empty() {
        return None;
    }
    let detail = format!(
        "There are no such roles yet, whose tables to come are to be readable, and the apply is refused as long as that is so: \
         {}.",
        missing.join(", ")
    );
    let warning = Diagnostic::warning("Owners Not There", detail);
    Some(warning.at("grant_future_tables_of"))
}

/// What of the role and the tables keeps the apply from being done.
fn of_tables(
    endpoint: &Endpoint,
    found: &Publications,
    others: &[&Table],
    desired: &Desired,
    is_role_expected: bool,
) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    let role = &desired.role;
    let rights = &found.rights;
    let others = others.iter().copied();
    let Some(standing) = rights.standing(others, desired, &Ours::default()) else {
        if is_role_expected {
            return warnings;
        }
        let detail = format!(
            "There is no role {role:?} yet, and the apply is refused as long as that is so."
        );
        warnings.push(Diagnostic::warning("Role Not There", detail).at("role"));
        return warnings;
    };
    let user = endpoint.connector.username();
    let foreign: Vec<String> = rights.reader(user).map_or_else(Vec::new, |giver| {
        let missing = standing.missing.iter();
        let foreign = missing.filter(|(table, _)| !giver.may_give(table));
        foreign
            .map(|(table, _)| format!("{} of {:?}", table.name, table.owner_name))
            .collect()
    });
    if !foreign.is_empty() {
        let detail = format!(
            "Granting the right to read a table takes that of its owner, which {user:?} does not have for these, so that the \
             apply is refused: {}.",
            shown(&foreign)
        );
        warnings.push(Diagnostic::warning("Tables Of Others", detail).at("publications"));
    }
    let hidden: Vec<&TableName> = standing
        .hidden
        .iter()
        .filter(|table| !desired.allow_row_security_on.contains(table))
        .collect();
    if !hidden.is_empty() {
        let detail = format!(
            "Row level security may hide rows of these tables from {role:?}, so that the apply is refused unless \
             `allow_row_security_on` lists them: {}.",
            shown(&hidden)
        );
        warnings
            .push(Diagnostic::warning("Rows May Be Hidden", detail).at("allow_row_security_on"));
    }
    warnings
}

/// Where the publications are or are to be; `None` where that is not there yet, or not known.
async fn endpoint(
    provider: &Configured,
    operation: &Operation,
    model: &Model,
) -> Result<Option<Arc<Endpoint>>, Diagnostic> {
    let scope = operation.scope();
    let database_ref = model.database_ref();
    let DatabaseLookup::Known(database) = provider.databases.lookup(&database_ref) else {
        return Ok(None);
    };
    let is_gone = database.is_gone(scope).await;
    if is_gone.map_err(|error| diagnostics::aws(operation, &error).into_warning())? {
        return Ok(None);
    }
    let endpoint = database.endpoint(scope).await.map_err(|error| {
        diagnostics::connection(operation, &database_ref, &error).into_warning()
    })?;
    Ok(Some(endpoint))
}
