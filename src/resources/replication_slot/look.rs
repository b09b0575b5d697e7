//! What a plan says of the world: silent when nothing changes, and never in the way.

use std::sync::Arc;

use tfplugin::{Diagnostic, Diagnostics, Field};

use super::Model;
use crate::{
    connection::{DatabaseLookup, DatabaseRef, Endpoint},
    diagnostics,
    operation::Operation,
    postgres::{
        self,
        publication::Publications,
        replication_slot::{Outlook, Slot, too_old},
    },
    provider::Configured,
    resources::in_database::InDatabase as _,
};

/// Whether a plan replaces the slot by another one.
pub(super) fn is_another(planned: &Model, prior: &Model) -> bool {
    let differs = |now: &Field<String>, before: &Field<String>| {
        now.known().is_some() && !before.is_null() && now != before
    };
    let is_other = |now: &Field<bool>, before: &Field<bool>| {
        now.known().is_some() && !before.is_null() && now != before
    };
    differs(&planned.name, &prior.name)
        || differs(&planned.database, &prior.database)
        || differs(&planned.plugin, &prior.plugin)
        || is_other(&planned.two_phase, &prior.two_phase)
}

/// What a plan that creates a slot should say. Silent about a database that is not there yet.
pub(super) async fn at_plan_of_create(
    provider: &Configured,
    operation: &Operation,
    planned: &Model,
) -> Diagnostics {
    let mut warnings: Diagnostics = without_publication(planned).into_iter().collect();
    let database_ref = planned.own_database_ref();
    let endpoint = match endpoint(provider, operation, &database_ref).await {
        Ok(Some(endpoint)) => endpoint,
        Ok(None) => return warnings,
        Err(warning) => {
            warnings.push(warning);
            return warnings;
        }
    };
    let scope = operation.scope();
    let connector = &endpoint.connector;
    let read = async {
        let found = connector.publications_for_plan(scope).await?;
        let outlook = connector.outlook_for_slot(scope).await?;
        Ok::<_, postgres::Error>((found, outlook))
    };
    match read.await {
        Ok((found, outlook)) => warnings.extend(of_server(planned, &found, &outlook)),
        Err(error) => {
            let error = diagnostics::server(operation, &endpoint, &error);
            warnings.push(error.into_warning());
        }
    }
    warnings
}

/// What a plan that destroys a slot should say: what its consumer loses, and who that is.
pub(super) async fn at_plan_of_destroy(
    provider: &Configured,
    operation: &Operation,
    prior: &Model,
) -> Diagnostics {
    let Ok(Some(endpoint)) = endpoint(provider, operation, &prior.database_ref()).await else {
        // A destroy is not the place to speak of a server that does not answer.
        return Diagnostics::new();
    };
    let found = endpoint.connector.publications_for_plan(operation.scope());
    let Ok(found) = found.await else {
        return Diagnostics::new();
    };
    let name = prior.name.or_default();
    let Some(slot) = found.slots.logical(&name) else {
        return Diagnostics::new();
    };
    let retained = match (slot.lag_bytes(), slot.retained_bytes()) {
        (Some(lag), Some(retained)) => format!(
            " Its consumer has not confirmed {lag} bytes of WAL, and the slot retains {retained}."
        ),
        _ => String::new(),
    };
    let user = match &slot.user {
        Some(user) => format!(
            " It is in use by {user}: a destroy is refused as long as that is so, unless `force_destroy` is set."
        ),
        None => String::new(),
    };
    Diagnostic::warning(
        "Replication Slot Will Be Dropped",
        format!(
            "With the slot {name:?} go the changes that its consumer has not confirmed: another slot, also one of the same \
             name, begins where the server is then.{retained}{user}"
        ),
    )
    .at("name")
    .into()
}

/// The warning of a plan after which the slot's consumer names publications that may be younger than the slot.
pub(super) fn publication_after_the_slot(planned: &Model, prior: &Model) -> Option<Diagnostic> {
    let (now, before) = (planned.publications.known()?, prior.publications.known()?);
    let more: Vec<String> = now
        .difference(before)
        .map(|name| format!("{name:?}"))
        .collect();
    (!more.is_empty()).then(|| {
        Diagnostic::warning(
            "Publication After The Slot",
            format!(
                "The slot is there already, and {} may be younger. What was written before a publication was there can not be \
                 decoded by a consumer that names it: up to PostgreSQL 17 its stream fails for good, from 18 on it silently \
                 lacks that. Have the consumer name it only once it has confirmed all that was written before.",
                more.join(", ")
            ),
        )
        .at("publications")
    })
}

/// The warning of a refresh that finds the slot while somebody creates it.
pub(super) fn being_created(name: &str, slot: &Slot) -> Diagnostic {
    let user = slot
        .user
        .as_ref()
        .map_or_else(String::new, |user| format!(" by {user}"));
    Diagnostic::warning(
        "Replication Slot Being Created",
        format!(
            "The slot {name:?} is just being created{user}, which waits for each transaction that has written and is still \
             open. What is known of it stays as it was."
        ),
    )
    .at("name")
}

/// That nothing says which publications are to be there before the slot.
fn without_publication(planned: &Model) -> Option<Diagnostic> {
    let is_pgoutput = planned.plugin.known().map(String::as_str) == Some("pgoutput");
    let names_none = planned.publications.is_null()
        || planned
            .publications
            .known()
            .is_some_and(std::collections::BTreeSet::is_empty);
    (is_pgoutput && names_none).then(|| {
        Diagnostic::warning(
            "No Publication Named",
            "A consumer of pgoutput names publications, and each must be there before the slot: what is written in between \
             can not be decoded, so that up to PostgreSQL 17 the stream fails, and from 18 on it silently lacks that. Name \
             them in `publications`.",
        )
        .at("publications")
    })
}

/// What is in the way of the slot, or makes it wait.
fn of_server(planned: &Model, found: &Publications, outlook: &Outlook) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    let mut warn = |title: &str, at: &str, detail: String| {
        warnings.push(Diagnostic::warning(title, detail).at(at));
    };
    let name = planned.name.or_default();
    if found.slots.get(&name).is_some() {
        let detail = format!(
            "The slot {name:?} is there already, and the apply is refused. The error of the apply has the command that \
             imports it."
        );
        warn("Replication Slot Exists", "name", detail);
    }
    if let Some(too_old) = too_old(&planned.desired(), outlook.version) {
        let detail = format!("As long as that is so, the apply is refused: {too_old}.");
        warn("Server Too Old", too_old.argument, detail);
    }
    if outlook.wal_level != "logical" {
        let detail = format!(
            "The server's wal_level is {:?}, and the apply is refused: set `rds.logical_replication` to 1 in its parameter \
             group and reboot it.",
            outlook.wal_level
        );
        warn("Logical Replication Is Off", "name", detail);
    } else if outlook.slots >= outlook.max_slots {
        let detail = format!(
            "All {} replication slots of the server are in use, and the apply is refused: raise `max_replication_slots`, or \
             drop those that nobody needs.",
            outlook.max_slots
        );
        warn("No Replication Slot Left", "name", detail);
    }
    if !outlook.writers.is_empty() {
        let detail = format!(
            "The creation waits until each transaction has ended that has written, in every database of the server, also of \
             those who idle. At the moment these are: {}.",
            outlook.writers
        );
        warn("Transactions To Wait For", "name", detail);
    }
    warnings
}

/// Where a slot is or is to be; `None` where that is not there yet, or not known.
async fn endpoint(
    provider: &Configured,
    operation: &Operation,
    database_ref: &DatabaseRef,
) -> Result<Option<Arc<Endpoint>>, Diagnostic> {
    let scope = operation.scope();
    let DatabaseLookup::Known(database) = provider.databases.lookup(database_ref) else {
        return Ok(None);
    };
    let is_gone = database.is_gone(scope).await;
    if is_gone.map_err(|error| diagnostics::aws(operation, &error).into_warning())? {
        return Ok(None);
    }
    let endpoint = database
        .endpoint(scope)
        .await
        .map_err(|error| diagnostics::connection(operation, database_ref, &error).into_warning())?;
    Ok(Some(endpoint))
}
