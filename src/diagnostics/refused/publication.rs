//! A publication that is not changed.

use std::fmt::Write as _;

use tfplugin::Diagnostic;

use super::{Advice, import::import_command};
use crate::{
    connection::Endpoint,
    operation::Operation,
    postgres::{
        TableName,
        publication::{Fault, Faulty, Feature, Refusal, TooOld},
        refusal::list,
    },
};

/// How many tables are shown in full.
const SHOWN: usize = 20;

/// An error that says what was refused and what to do, at the attribute to blame.
pub(in crate::diagnostics) fn refused_publication(
    operation: &Operation,
    name: &str,
    id: &str,
    endpoint: &Endpoint,
    refusal: &Refusal,
) -> Diagnostic {
    let database = format!(
        "the database {:?} on {}",
        endpoint.database,
        endpoint.connector.endpoint()
    );
    let user = endpoint.connector.username();
    let (at, detail) = match refusal {
        Refusal::Exists { is_ours } => exists(name, id, &database, *is_ours),
        Refusal::Gone => gone(name, &database),
        Refusal::AnotherPublication => another(name, &database),
        Refusal::TooOld(too_old) => too_old_for(too_old),
        Refusal::Filter { table, reason } => (
            "tables",
            format!("The `where` of {table} {reason}. Nothing was changed."),
        ),
        Refusal::NoSuchTables(tables) => no_such_tables(tables, &database),
        Refusal::NotPublishable(tables) => not_publishable(tables),
        Refusal::Partitioned(tables) => partitioned(tables),
        Refusal::NotOwned(tables) => not_owned(tables, user),
        Refusal::WouldFail(tables) => would_fail(name, tables),
        Refusal::NotInCatalog(what) => not_in_catalog(name, &database, what),
    };
    Diagnostic::error(format!("{} {name:?}", operation.title()), detail).at(at)
}

fn exists(name: &str, id: &str, database: &str, is_ours: bool) -> Advice {
    let import = import_command(id);
    let whose = match is_ours {
        false => "and this provider did not create it",
        true => {
            "with the comment of this provider: an interrupted run created it and did not record it, or another \
             configuration manages it, or another resource of this one (then write a `moved` block, and import nothing)"
        }
    };
    let detail = format!(
        "The publication {name:?} is there already in {database}, {whose}. Nothing was changed. If nothing else manages \
         it, import it and apply again:\n\n{import}"
    );
    ("name", detail)
}

fn gone(name: &str, database: &str) -> Advice {
    let detail = format!(
        "The publication {name:?} is not in {database} any more. Nothing was changed. Plan again: the plan creates it anew, \
         and says who may miss it."
    );
    ("name", detail)
}

fn another(name: &str, database: &str) -> Advice {
    let detail = format!(
        "The publication {name:?} in {database} is another one than that which is managed here: somebody dropped that, and \
         created one of the same name. Nothing was changed: it is somebody else's."
    );
    ("name", detail)
}

fn too_old_for(too_old: &TooOld) -> Advice {
    let at = match too_old.feature {
        Feature::Schemas => "schemas",
        Feature::Columns | Feature::Filters => "tables",
        Feature::ViaPartitionRoot => "publish_via_partition_root",
        Feature::GeneratedColumns => "publish_generated_columns",
    };
    let detail = format!("Nothing was changed: {too_old}.");
    (at, detail)
}

fn no_such_tables(tables: &[TableName], database: &str) -> Advice {
    let detail = format!(
        "There is no table {} in {database}. Nothing was changed. Check the names (they are case-sensitive), or create the \
         tables first.",
        shown(tables)
    );
    ("tables", detail)
}

fn not_publishable(tables: &[TableName]) -> Advice {
    let detail = format!(
        "Only ordinary and partitioned tables can be published, none that is unlogged or temporary, no view and no \
         sequence. These are none: {}. Nothing was changed.",
        shown(tables)
    );
    ("tables", detail)
}

fn partitioned(tables: &[TableName]) -> Advice {
    let detail = format!(
        "These tables are partitioned, and can be published from PostgreSQL 13 on: {}. Nothing was changed. List their \
         partitions instead.",
        shown(tables)
    );
    ("tables", detail)
}

fn not_owned(tables: &[(TableName, String)], user: &str) -> Advice {
    let owned: Vec<String> = tables
        .iter()
        .map(|(table, owner)| format!("{table} of {owner:?}"))
        .collect();
    let mut owners: Vec<&String> = tables.iter().map(|(_, owner)| owner).collect();
    owners.sort();
    owners.dedup();
    let grants: Vec<String> = owners
        .into_iter()
        .map(|owner| format!("  GRANT {} TO {};", quoted(owner), quoted(user)))
        .collect();
    let detail = format!(
        "Publishing a table takes its owner's rights, which {user:?} does not have for these: {}. Nothing was changed. \
         Whoever may decide that can grant them, from PostgreSQL 16 on WITH INHERIT TRUE:\n\n{}",
        shown(&owned),
        grants.join("\n")
    );
    ("tables", detail)
}

fn would_fail(name: &str, tables: &[Faulty]) -> Advice {
    let mut detail = format!(
        "With the publication {name:?} as planned, each UPDATE or DELETE of these tables would fail at once in whatever \
         application writes to them (SQLSTATE 55000 or 42P10): {}. Everything was rolled back.",
        shown(tables)
    );
    let without: Vec<&Faulty> = tables
        .iter()
        .filter(|faulty| faulty.fault == Fault::NoReplicaIdentity)
        .collect();
    if without.is_empty() {
        detail += " Let the filters use only columns of the replica identity, and the lists of columns have all of them.";
    } else {
        detail += " Give them a primary key, or let whoever owns them run this, which takes an ACCESS EXCLUSIVE lock for a \
                   moment and makes the WAL of each UPDATE hold the whole old row:\n";
        for faulty in without.iter().take(SHOWN) {
            let TableName { schema, name } = &faulty.table;
            let (schema, name) = (quoted(schema), quoted(name));
            // Writing to a string does not fail.
            let _ = write!(
                detail,
                "\n  ALTER TABLE {schema}.{name} REPLICA IDENTITY FULL;"
            );
        }
        detail += "\n";
    }
    detail += " A publication whose `publish` has neither `update` nor `delete` needs none. Tables of which all that is meant \
               stand in `allow_without_replica_identity`.";
    ("allow_without_replica_identity", detail)
}

fn not_in_catalog(name: &str, database: &str, what: &str) -> Advice {
    let detail = format!(
        "The statements for the publication {name:?} succeeded in {database}, but the catalog does not show {what}. \
         Everything was rolled back. Look for event triggers and extensions that change such statements, and into the \
         server's log."
    );
    ("name", detail)
}

/// Items in one line, so many of them at most.
pub(super) fn shown<T: std::fmt::Display>(items: &[T]) -> String {
    match items.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        None => list(items),
        Some(more) => format!("{}; and {more} more", list(&items[..SHOWN])),
    }
}

/// A name inside of SQL that is shown.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
