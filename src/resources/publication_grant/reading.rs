//! How a role stands now, from the readings that all share.

use std::collections::BTreeSet;

use super::{
    Model,
    desired::{desired, tables, texts},
    model::select_text,
    record::{Known, Managed},
};
use crate::{
    postgres::{
        self, Server, TableName,
        publication::{Contents, Publication, Publications},
        publication_grant::{Desired, Given, Places, Select, Standing, Table},
        snapshot::Oid,
    },
    scope::Scope,
};

/// How a role stands.
pub(super) struct Reading {
    /// How it stands, and which role that is; `None` where there is none of that name.
    pub(super) standing: Option<(Oid, Standing)>,
    /// What the role is called now that was seen last, where that has another name.
    pub(super) now_called: Option<String>,
    /// What of places is too much, in words.
    pub(super) excess_places: Vec<String>,
    /// Publications that are not there.
    pub(super) not_there: Vec<String>,
}

/// Reads how the role of a state stands. `known` is what was given here; where it is to be taken over, all that it was
/// given directly is taken for it, and publications that the state does not name are inferred; and where that was lost, what it
/// was given on the tables that the state names. `seen` is the role as it was last
/// seen.
///
/// # Errors
/// When the server cannot be reached or read.
pub(super) async fn read(
    server: &Server,
    scope: &Scope,
    state: &mut Model,
    known: &Known,
    seen: Option<Oid>,
) -> Result<Reading, postgres::Error> {
    let found = server.publications(scope).await?;
    let role = state.role.or_default();
    let snapshot = &found.rights.snapshot;
    let reader = found.rights.reader(&role);
    // Rights are a role's, whatever its name, and go with it.
    let reader = reader.filter(|reader| seen.is_none_or(|seen| seen == reader.role));
    let Some(reader) = reader else {
        let now_called = seen.map(|seen| snapshot.name(seen));
        return Ok(Reading {
            now_called: now_called.filter(|name| snapshot.oid(name) == seen),
            standing: None,
            excess_places: Vec::new(),
            not_there: Vec::new(),
        });
    };
    let mut others: Vec<Table> = Vec::new();
    let is_taken_over = matches!(known, Known::TakenOver);
    if is_taken_over && state.publications.is_null() {
        if found.iter().any(|(_, live)| is_of_all_tables(live)) {
            let all = server.readers_of_all(scope).await?;
            others.extend(all.values().cloned());
        }
        let publications = found.rights.publications_of(&others, reader.role);
        state.publications = publications.into();
        others.clear();
    }
    let mut wanted = desired(state);
    if names_all_tables(&found, &wanted) {
        let all = server.readers_of_all(scope).await?;
        others.extend(all.values().cloned());
    }
    let ours = match known {
        Known::Recorded(ours) => ours.clone(),
        Known::Lost => {
            let names = tables(&state.granted_tables);
            found.rights.on_tables(&others, &names, reader.role)
        }
        Known::TakenOver => {
            let rights = &found.rights;
            let ours = rights.taken_over(
                &others,
                &wanted.publications,
                reader.role,
                server.username(),
            );
            let future = ours.all().future;
            let owners = future.iter();
            let owners = owners.filter_map(|(owner, _)| rights.places.future_owner(*owner));
            wanted.future_of = owners.map(str::to_owned).collect();
            if !wanted.future_of.is_empty() {
                state.grant_future_tables_of = wanted.future_of.clone().into();
            }
            ours
        }
    };
    let seen: BTreeSet<_> = others.iter().map(|table| table.oid).collect();
    let unseen: BTreeSet<_> = ours
        .all()
        .all_tables()
        .into_iter()
        .filter(|oid| !found.rights.tables.contains_key(oid) && !seen.contains(oid))
        .collect();
    if !unseen.is_empty() {
        others.extend(server.readers_of(scope, &unseen).await?.into_values());
    }
    let not_there = wanted.publications.iter();
    let not_there = not_there.filter(|name| found.get(name).is_none());
    let not_there: Vec<String> = not_there.cloned().collect();
    let mut standing = found.rights.standing(&others, &wanted, &ours);
    if let Some(standing) = &mut standing
        && standing.select == Select::Published
        && !not_there.is_empty()
    {
        // Once it is there again, its tables are to be readable.
        standing.select = Select::Missing;
    }
    let excess = standing.as_ref().map(|standing| &standing.excess_places);
    let excess_places = excess.map(|excess| worded(excess, &found.rights.places));
    Ok(Reading {
        not_there,
        excess_places: excess_places.unwrap_or_default(),
        now_called: None,
        standing: standing.map(|standing| (reader.role, standing)),
    })
}

/// Rights on places, in words.
fn worded(given: &Given, places: &Places) -> Vec<String> {
    let usage = given.usage.iter();
    let usage = usage.map(|schema| format!("the use of the schema {:?}", schema.name));
    let future = given.future.iter().map(|(owner, schema)| {
        let owner = places.future_owner(*owner).unwrap_or_default();
        format!(
            "tables to come of {owner:?} in the schema {:?}",
            schema.name
        )
    });
    usage.chain(future).collect()
}

/// Stores how a role stands.
pub(super) fn store(state: &mut Model, standing: &Standing, managed: Managed) {
    state.select = select_text(standing.select).into();
    if managed.connect {
        state.connect = standing.connect.into();
    }
    if managed.usage {
        state.usage = standing.unusable.is_empty().into();
    }
    if let Some(owners) = state.grant_future_tables_of.known() {
        let missing: BTreeSet<&String> = standing
            .future_missing
            .iter()
            .map(|(owner, _)| owner)
            .collect();
        let holding = owners.iter().filter(|owner| !missing.contains(owner));
        state.grant_future_tables_of = holding.cloned().collect::<BTreeSet<_>>().into();
    }
    state.granted_tables = texts(&standing.granted).into();
}

/// Whether one of the publications is of all tables.
pub(super) fn names_all_tables(found: &Publications, desired: &Desired) -> bool {
    let mut named = desired.publications.iter();
    named.any(|name| found.get(name).is_some_and(is_of_all_tables))
}

fn is_of_all_tables(live: &Publication) -> bool {
    live.definition.contents == Contents::AllTables
}

/// The tables of which row level security may hide rows, and that are not allowed to.
pub(super) fn newly_hidden(state: &Model, standing: &Standing) -> Vec<TableName> {
    let allowed = tables(&state.allow_row_security_on);
    let hidden = standing.hidden.iter();
    hidden
        .filter(|table| !allowed.contains(table))
        .cloned()
        .collect()
}
