//! From the arguments to what a publication is defined to publish, and back.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::{Diagnostic, Field};

use super::{
    Model,
    filters::Filters,
    model::{TableModel, is_true},
};
use crate::{
    operation::Operation,
    postgres::{
        TableName,
        publication::{Contents, Definition, Member, Operations, Publication},
    },
};

/// What the arguments say that is published.
///
/// # Errors
/// When a key names no table: it was not known when the configuration was checked.
pub(super) fn definition(model: &Model, operation: &Operation) -> Result<Definition, Diagnostic> {
    let contents = match is_true(&model.all_tables) {
        true => Contents::AllTables,
        false => Contents::Listed {
            tables: tables(model, operation)?,
            schemas: model.schemas.or_default(),
        },
    };
    let publish = model.publish.or_default();
    Ok(Definition {
        contents,
        operations: Operations::of(|name| publish.contains(name)),
        via_partition_root: is_true(&model.publish_via_partition_root),
        generated_columns: model.publish_generated_columns.known().map(String::as_str)
            == Some("stored"),
    })
}

fn tables(model: &Model, operation: &Operation) -> Result<BTreeMap<TableName, Member>, Diagnostic> {
    let mut tables = BTreeMap::new();
    for (key, table) in model.tables.known().into_iter().flatten() {
        let member = Member {
            columns: table.columns.known().cloned(),
            filter: table.r#where.known().cloned(),
        };
        tables.insert(table_name(key, "tables", operation)?, member);
    }
    Ok(tables)
}

/// The tables that may be published without replica identity.
///
/// # Errors
/// When one names no table.
pub(super) fn allowed(
    model: &Model,
    operation: &Operation,
) -> Result<BTreeSet<TableName>, Diagnostic> {
    const AT: &str = "allow_without_replica_identity";
    let names = model.allow_without_replica_identity.or_default();
    names
        .iter()
        .map(|name| table_name(name, AT, operation))
        .collect()
}

fn table_name(key: &str, at: &str, operation: &Operation) -> Result<TableName, Diagnostic> {
    TableName::parse(key).map_err(|reason| operation.error(format!("{key:?} {reason}.")).at(at))
}

/// Stores what is published in a state, in the words of the state where that says the same. What could not be read stays as
/// it was.
pub(super) fn store(
    state: &mut Model,
    live: &Publication,
    filters: &Filters,
    unread_filters: &BTreeSet<TableName>,
) {
    let Definition {
        contents,
        operations,
        via_partition_root,
        generated_columns,
    } = &live.definition;
    let names = operations.names();
    state.publish = names.map(str::to_owned).collect::<BTreeSet<_>>().into();
    state.publish_via_partition_root = (*via_partition_root).into();
    let generated = if *generated_columns { "stored" } else { "none" };
    state.publish_generated_columns = generated.into();
    state.all_tables = matches!(contents, Contents::AllTables).into();
    let schemas: BTreeSet<String> = contents.schemas().cloned().collect();
    state.schemas = or_null(schemas, &state.schemas, BTreeSet::is_empty);
    state.tables = or_null(
        live_tables(state, contents, filters, unread_filters),
        &state.tables,
        BTreeMap::is_empty,
    );
    state.owner = live.owner.as_str().into();
}

/// What is there, or null where nothing is: a configuration that says nothing means the same. One that says that there is
/// to be nothing is left that.
fn or_null<T>(live: T, before: &Field<T>, is_empty: fn(&T) -> bool) -> Field<T> {
    match is_empty(&live) && !before.known().is_some_and(is_empty) {
        true => Field::Null,
        false => Field::Known(live),
    }
}

/// The tables, by the keys that the state has for them.
fn live_tables(
    state: &Model,
    contents: &Contents,
    filters: &Filters,
    unread_filters: &BTreeSet<TableName>,
) -> BTreeMap<String, TableModel> {
    let before: BTreeMap<TableName, (&String, &TableModel)> = state
        .tables
        .known()
        .into_iter()
        .flatten()
        .filter_map(|(key, table)| Some((TableName::parse(key).ok()?, (key, table))))
        .collect();
    contents
        .tables()
        .map(|(name, member)| {
            let known = before.get(name);
            let key = known.map_or_else(|| name.to_string(), |(key, _)| (*key).clone());
            let stored = member.filter.as_ref();
            let read = stored.map(|stored| filters.as_written(name, stored)).into();
            let table = TableModel {
                columns: member.columns.clone().into(),
                r#where: match known.filter(|_| unread_filters.contains(name)) {
                    Some((_, table)) => table.r#where.clone(),
                    None => read,
                },
            };
            (key, table)
        })
        .collect()
}
