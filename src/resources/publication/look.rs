//! What a plan says of the world: silent when nothing changes, and never in the way.

use std::{collections::BTreeSet, sync::Arc};

use tfplugin::{Diagnostic, Diagnostics};

use super::{
    Model,
    definition::{allowed, definition},
    desired::changes,
};
use crate::{
    connection::{DatabaseLookup, Endpoint},
    diagnostics,
    operation::Operation,
    postgres::{
        self, TableName,
        publication::{Definition, Faulty, Publications, Tables, too_old},
        refusal::list,
    },
    provider::Configured,
    resources::in_database::InDatabase as _,
};

/// What a plan that creates or changes a publication should say. Silent about a database that is not there yet.
pub(super) async fn at_plan(
    provider: &Configured,
    operation: &Operation,
    planned: &Model,
    prior: Option<&Model>,
) -> Diagnostics {
    let is_known = [
        planned.tables.is_unknown(),
        planned.schemas.is_unknown(),
        planned.publish.is_unknown(),
        planned.all_tables.is_unknown(),
    ]
    .into_iter()
    .all(|is_unknown| !is_unknown);
    if !is_known || prior.is_some_and(|prior| !changes(prior, planned)) {
        return Diagnostics::new();
    }
    // What cannot be read as a name is said elsewhere.
    let (Ok(wanted), Ok(allowed)) = (definition(planned, operation), allowed(planned, operation))
    else {
        return Diagnostics::new();
    };
    let before = prior.and_then(|prior| definition(prior, operation).ok());
    let before = before.as_ref();
    let was = |name: &TableName| before.and_then(|before| before.contents.member(name));
    let is_listed = wanted.contents.tables().next().is_some();
    let joining: Vec<&TableName> = wanted
        .contents
        .tables()
        .filter(|(name, member)| was(name) != Some(member))
        .map(|(name, _)| name)
        .collect();
    let endpoint = match endpoint(provider, operation, planned).await {
        Ok(Some(endpoint)) => endpoint,
        Ok(None) => return Diagnostics::new(),
        Err(warning) => return warning.into(),
    };
    let scope = operation.scope();
    let connector = &endpoint.connector;
    let read = async {
        let found = connector.publications_for_plan(scope).await?;
        let tables = match is_listed {
            true => connector.tables_for_plan(scope).await?,
            false => Arc::default(),
        };
        Ok::<_, postgres::Error>((found, tables))
    };
    match read.await {
        Err(error) => {
            let error = diagnostics::server(operation, &endpoint, &error);
            error.into_warning().into()
        }
        Ok((found, tables)) => {
            let plan = Plan {
                name: planned.name.known(),
                before,
                wanted: &wanted,
                joining: &joining,
                allowed: &allowed,
            };
            plan.warnings(&endpoint, &found, &tables)
        }
    }
}

/// What a plan that destroys a publication should say: who streams it.
pub(super) async fn at_plan_of_destroy(
    provider: &Configured,
    operation: &Operation,
    prior: &Model,
) -> Diagnostics {
    let Ok(Some(endpoint)) = endpoint(provider, operation, prior).await else {
        // A destroy is not the place to speak of a server that does not answer.
        return Diagnostics::new();
    };
    let found = endpoint.connector.publications_for_plan(operation.scope());
    let Ok(found) = found.await else {
        return Diagnostics::new();
    };
    in_use(&prior.name.or_default(), &found)
        .into_iter()
        .collect()
}

/// The warning that streams name a publication which goes away.
fn in_use(name: &str, found: &Publications) -> Option<Diagnostic> {
    let streams: Vec<String> = found
        .streams_of(name)
        .map(|stream| format!("process {} of {:?}", stream.pid, stream.user))
        .collect();
    if streams.is_empty() {
        return None;
    }
    let detail = format!(
        "These streams name the publication {name:?}: {}. Without it they fail at the next change of any table up to \
         PostgreSQL 17, and from 18 on they send nothing any more. Let them name another one first; a replacement by \
         another name with `create_before_destroy` leaves the time for that.",
        streams.join(", ")
    );
    Some(Diagnostic::warning("Publication In Use", detail).at("name"))
}

/// The warning about tables whose UPDATEs fail from now on, as it was allowed.
pub(super) fn faulty(faulty: &[Faulty]) -> Diagnostics {
    if faulty.is_empty() {
        return Diagnostics::new();
    }
    let detail = format!(
        "As `allow_without_replica_identity` says, these tables are published although each UPDATE or DELETE of them \
         fails from now on: {}.",
        list(faulty)
    );
    Diagnostic::warning("Updates Will Fail", detail)
        .at("allow_without_replica_identity")
        .into()
}

/// Where a publication is or is to be; `None` where that is not there yet, or not known.
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

/// A plan that creates or changes a publication.
struct Plan<'a> {
    name: Option<&'a String>,
    /// What is published before; `None` where it is created.
    before: Option<&'a Definition>,
    wanted: &'a Definition,
    /// The tables that are listed, and were not or otherwise before.
    joining: &'a [&'a TableName],
    allowed: &'a BTreeSet<TableName>,
}

impl Plan<'_> {
    fn warnings(&self, endpoint: &Endpoint, found: &Publications, tables: &Tables) -> Diagnostics {
        let mut warnings = Diagnostics::new();
        if let Some(too_old) = too_old(self.wanted, found.version) {
            let detail = format!("As long as that is so, the apply is refused: {too_old}.");
            warnings.push(Diagnostic::warning("Server Too Old", detail));
        }
        warnings.extend(self.tables(endpoint, tables));
        if self.before.is_none() {
            warnings.extend(self.there(found));
            warnings.extend(self.slots(endpoint, found));
        }
        warnings
    }

    /// Tables that keep the apply from being done, or that do not come along.
    fn tables(&self, endpoint: &Endpoint, tables: &Tables) -> Diagnostics {
        let with = |holds: &dyn Fn(&postgres::publication::TableFacts) -> bool| {
            let names = self
                .joining
                .iter()
                .filter(|name| tables.get(name).is_some_and(holds));
            names.map(ToString::to_string).collect::<Vec<_>>()
        };
        let missing: Vec<String> = self
            .joining
            .iter()
            .filter(|name| tables.get(name).is_none())
            .map(ToString::to_string)
            .collect();
        let foreign: Vec<String> = self
            .joining
            .iter()
            .filter_map(|name| Some((name, tables.get(name)?)))
            .filter(|(_, facts)| !facts.is_ours)
            .map(|(name, facts)| format!("{name} of {:?}", facts.owner))
            .collect();
        let without: BTreeSet<&TableName> = self
            .publishing_changes()
            .into_iter()
            .filter(|name| !self.allowed.contains(name))
            .filter_map(|name| tables.get(name))
            .flat_map(|facts| &facts.without_identity)
            .filter(|leaf| !self.allowed.contains(leaf))
            .collect();
        let without: Vec<String> = without.into_iter().map(ToString::to_string).collect();
        let children: BTreeSet<&TableName> = self
            .joining
            .iter()
            .filter_map(|name| tables.get(name))
            .flat_map(|facts| &facts.children)
            .filter(|child| self.wanted.contents.member(child).is_none())
            .collect();
        let children: Vec<String> = children.into_iter().map(ToString::to_string).collect();
        let user = endpoint.connector.username();
        [
            (
                missing,
                "Tables Not There",
                "These tables are not there yet, and the apply is refused as long as that is so",
            ),
            (
                with(&|facts| !facts.is_publishable()),
                "Tables Not To Be Published",
                "These are no ordinary or partitioned tables that are written to the WAL, and the apply is refused",
            ),
            (
                foreign,
                "Tables Of Others",
                &format!(
                    "Publishing a table takes its owner's rights, which {user:?} does not have for these, so that the apply \
                     is refused"
                ),
            ),
            (
                without,
                "Tables Without Replica Identity",
                "UPDATEs and DELETEs of these tables would fail, so that the apply is refused unless \
                 `allow_without_replica_identity` lists them",
            ),
            (
                children,
                "Children Not Published",
                "These tables inherit from one that is listed, and are not published with it",
            ),
        ]
        .into_iter()
        .filter(|(names, ..)| !names.is_empty())
        .map(|(names, title, what)| {
            Diagnostic::warning(title, format!("{what}: {}.", names.join(", "))).at("tables")
        })
        .collect()
    }

    /// The tables of which updates or deletes come to be published.
    fn publishing_changes(&self) -> Vec<&TableName> {
        let has_changes =
            |definition: &Definition| definition.operations.update || definition.operations.delete;
        match self.before {
            _ if !has_changes(self.wanted) => Vec::new(),
            Some(before) if has_changes(before) => self.joining.to_vec(),
            _ => self
                .wanted
                .contents
                .tables()
                .map(|(name, _)| name)
                .collect(),
        }
    }

    /// That the publication is there already, and who streams it. A plan is not told that it replaces what is tainted, or
    /// what somebody wants to be replaced.
    fn there(&self, found: &Publications) -> Diagnostics {
        let Some(name) = self.name.filter(|name| found.get(name).is_some()) else {
            return Diagnostics::new();
        };
        let detail = format!(
            "The publication {name:?} is there already. Unless this run drops it first, as a replacement does, the apply is \
             refused, and its error has the command that imports it."
        );
        let exists = Diagnostic::warning("Publication Exists", detail).at("name");
        [exists].into_iter().chain(in_use(name, found)).collect()
    }

    /// Slots that are older than the publication.
    fn slots(&self, endpoint: &Endpoint, found: &Publications) -> Option<Diagnostic> {
        let slots: Vec<String> = found
            .slots
            .of_pgoutput(&endpoint.database)
            .map(|slot| format!("{slot:?}"))
            .collect();
        if slots.is_empty() {
            return None;
        }
        let detail = format!(
            "The database has slots for pgoutput already: {}. A consumer of one of them that names this publication cannot \
             decode what was written before it is there: up to PostgreSQL 17 its stream fails, from 18 on it silently \
             lacks that. Create a consumer's publication before its slot.",
            slots.join(", ")
        );
        Some(Diagnostic::warning("Slots Before The Publication", detail).at("name"))
    }
}
