//! What is said of a grant, as warnings.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::{Diagnostic, Diagnostics};

use crate::postgres::{
    TableName,
    publication_grant::{Demand, Excess, Standing, Table},
    refusal::list,
};

/// How many names are shown in full.
const SHOWN: usize = 10;

/// That the role is gone, and the grant leaves the state.
pub(super) fn role_gone(role: &str, database: &str, now_called: Option<&str>) -> Diagnostic {
    let what = match now_called {
        Some(now) => format!(
            "Somebody renamed the role {role:?}: it is now called {now:?}, and has its rights in the database {database:?} \
             still. Rename it back before the next apply, or let `role` name it and import the grant."
        ),
        None => format!(
            "The role {role:?} is not there any more, and its rights in the database {database:?} went with it. An apply gives \
             them to one of that name, once it is there."
        ),
    };
    let detail = format!("{what} The grant leaves the state.");
    Diagnostic::warning("Role Is Gone", detail).at("role")
}

/// That the database is gone, and the grant leaves the state.
pub(super) fn database_gone(role: &str, database: &str) -> Diagnostic {
    let detail = format!(
        "There is no database {database:?} any more, and the rights of {role:?} in it went with it. The grant leaves the state."
    );
    Diagnostic::warning("Publication Grant Is Gone", detail).at("database")
}

/// What a refresh should say of how the role of a name stands.
pub(super) fn of_standing(
    role: &str,
    standing: &Standing,
    places: &[String],
    not_there: &[String],
) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    if !not_there.is_empty() {
        let names: Vec<String> = not_there.iter().map(|name| format!("{name:?}")).collect();
        let detail = format!(
            "These publications are not there any more: {}. What only they published is published no longer, and what \
             {role:?} was granted on that here is too much.",
            names.join(", ")
        );
        warnings.push(Diagnostic::warning("Publications Are Gone", detail).at("publications"));
    }
    if !standing.missing.is_empty() {
        let missing = standing.missing.iter();
        let missing: Vec<String> = missing
            .map(|(table, demand)| lacking(table, demand))
            .collect();
        let detail = format!(
            "{role:?} cannot read all that is published: {}. A table that somebody dropped and created again has lost what was \
             granted on it, and one that came to be published never had it. An apply grants it.",
            shown(&missing)
        );
        warnings.push(Diagnostic::warning("Published Tables Not Readable", detail).at("select"));
    }
    let excess = standing.excess.iter();
    let excess = excess.map(|(table, excess)| beyond(table, excess));
    let excess: Vec<String> = places.iter().cloned().chain(excess).collect();
    if !excess.is_empty() {
        let detail = format!(
            "{role:?} was granted here what is published no longer, or that is not asked for any more: {}. An apply revokes it.",
            shown(&excess)
        );
        warnings.push(Diagnostic::warning("Unpublished Tables Readable", detail).at("select"));
    }
    warnings
}

/// That row level security may hide rows, which was not so when it was applied.
pub(super) fn hidden(role: &str, tables: &[TableName]) -> Option<Diagnostic> {
    if tables.is_empty() {
        return None;
    }
    let detail = format!(
        "Row level security may hide rows of these tables from {role:?}: {}. Whatever copies them lacks these rows without an \
         error, while a stream has them all. Let the role have BYPASSRLS, or list the tables in `allow_row_security_on`.",
        shown(tables)
    );
    Some(Diagnostic::warning("Rows May Be Hidden", detail).at("allow_row_security_on"))
}

/// That tables were readable already.
pub(super) fn given_by_others(role: &str, id: &str, tables: &[TableName]) -> Option<Diagnostic> {
    if tables.is_empty() {
        return None;
    }
    let detail = format!(
        "{role:?} was granted SELECT on these tables already: {}. That was somebody else, or a run that was interrupted. It is \
         not managed here, and a destroy leaves it. Where nothing else manages it, take the grant out of the state and import \
         it, which takes it over:\n\n  terraform state rm ADDRESS\n  terraform import ADDRESS '{}'",
        shown(tables),
        id.replace('\'', "'\\''")
    );
    Some(Diagnostic::warning("Granted Before", detail).at("role"))
}

/// That it is not known any more what was granted here.
pub(super) fn lost(role: &str) -> Diagnostic {
    let detail = format!(
        "What was granted to {role:?} here is not recorded any more: the provider was ended in the midst of an update, and \
         Terraform has kept the state without that. From now on what `granted_tables` names is taken for granted here, as far as \
         it is there. The right to connect, that to use schemas, that on tables to come, and what the update granted before it \
         was ended, are not managed, and stay at a destroy. Where nothing else manages them, take the grant out of the state \
         and import it, which takes them over."
    );
    Diagnostic::warning("Granted Rights Not Recorded", detail).at("role")
}

/// That a create was not finished.
pub(super) fn unfinished(error: &Diagnostic) -> Diagnostic {
    let detail = format!(
        "Some tables were granted, and the rest was not. The grant is in the state, and the next plan shows what is missing.\n\n{}",
        error.detail
    );
    Diagnostic::warning("Publication Grant Not Finished", detail)
}

/// What a destroy has left, with the names of who gave that.
pub(super) fn left(
    role: &str,
    tables: &BTreeMap<TableName, BTreeSet<String>>,
) -> Option<Diagnostic> {
    if tables.is_empty() {
        return None;
    }
    let tables: Vec<String> = tables
        .iter()
        .map(|(table, grantors)| {
            let grantors: Vec<String> = grantors.iter().map(|name| format!("{name:?}")).collect();
            format!("{table} by {}", grantors.join(", "))
        })
        .collect();
    let detail = format!(
        "{role:?} can still read these tables, as it was granted by others or may be granted on: {}. Only who granted it can \
         revoke it.",
        shown(&tables)
    );
    Some(Diagnostic::warning("Grants Of Others Remain", detail).at("role"))
}

/// A table that is not readable, with the columns where these are enough.
fn lacking(table: &Table, demand: &Demand) -> String {
    match demand {
        Demand::Whole => format!("{} of {:?}", table.name, table.owner_name),
        Demand::Columns(columns) => format!(
            "{} ({}) of {:?}",
            table.name,
            columns_of(table, columns),
            table.owner_name
        ),
    }
}

/// What of a table is too much.
fn beyond(table: &Table, excess: &Excess) -> String {
    match excess.whole {
        true => table.name.to_string(),
        false => format!("{} ({})", table.name, columns_of(table, &excess.columns)),
    }
}

fn columns_of(table: &Table, columns: &BTreeSet<i16>) -> String {
    let names: Vec<&str> = columns.iter().map(|one| table.column_name(*one)).collect();
    names.join(", ")
}

/// Items in one line, so many of them at most.
pub(super) fn shown<T: std::fmt::Display>(items: &[T]) -> String {
    match items.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        None => list(items),
        Some(more) => format!("{}; and {more} more", list(&items[..SHOWN])),
    }
}
