//! What is to be run, transaction by transaction: decided from what was read alone.

use std::collections::BTreeSet;

use super::view::View;
use crate::postgres::{
    Batch, Error, Statement,
    ident::Ident,
    publication_grant::{AclRow, Demand, Desired, Excess, Given, Ours, Standing, Table},
    snapshot::Oid,
    statement::{Right, give, give_again_with_option, take},
};

/// Most tables of one transaction: from PostgreSQL 18 on each takes locks, for which there is no endless room.
const TABLES: usize = 1000;

/// What one transaction does.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) statements: Batch,
    /// The tables that it is about.
    pub(super) tables: BTreeSet<Oid>,
    /// Whether the database is to be open afterwards.
    pub(super) connect: bool,
    /// The schemas that are to be usable afterwards.
    pub(super) usage: BTreeSet<String>,
    /// Whose tables to come are to be readable afterwards, and where.
    pub(super) future: BTreeSet<(String, String)>,
    /// What is not to be there afterwards; of the tables and of places.
    pub(super) taken: Given,
}

/// What gives a role what it lacks. What the server is likely to refuse comes first, while nothing is done.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(super) fn giving(
    view: &View,
    standing: &Standing,
    desired: &Desired,
) -> Result<Vec<Step>, Error> {
    let role = &Ident::new(&desired.role)?;
    let mut places = Batch::default();
    if desired.connect && !standing.connect {
        places = places.then([give(Right::Connect(&view.places.database.name), role)?]);
    }
    if desired.usage {
        for schema in &standing.unusable {
            places = places.then([give(Right::Usage(schema), role)?]);
        }
    }
    for (owner, schema) in &standing.future_missing {
        places = places.then([give(Right::Future { owner, schema }, role)?]);
    }
    let mut first = Step {
        statements: places,
        connect: desired.connect && !standing.connect,
        future: standing.future_missing.clone(),
        ..Step::default()
    };
    if desired.usage {
        first.usage.clone_from(&standing.unusable);
    }
    let mut missing: Vec<&(Table, Demand)> = standing.missing.iter().collect();
    missing.sort_by_key(|(table, _)| table.asked.as_ref().is_some_and(|asked| asked.may_give));
    let mut steps = Vec::new();
    for chunk in missing.chunks(TABLES) {
        let whole = chunk.iter().filter(|(_, demand)| *demand == Demand::Whole);
        let whole: Vec<_> = whole.map(|(table, _)| &table.name).collect();
        let mut statements = Batch::default();
        if !whole.is_empty() {
            statements = statements.then([give(Right::Select(&whole), role)?]);
        }
        for (table, demand) in chunk {
            if let Demand::Columns(columns) = demand {
                statements = statements.then(give_columns(table, columns, role)?);
            }
        }
        steps.push(Step {
            statements,
            tables: chunk.iter().map(|(table, _)| table.oid).collect(),
            ..Step::default()
        });
    }
    Ok(with_first(first, steps))
}

/// What takes back what of ours is too much, as the standing says; and at the end everything. What the role has given on it
/// leaves.
///
/// # Errors
/// When PostgreSQL would not keep a name.
pub(super) fn taking(
    view: &View,
    standing: &Standing,
    desired: &Desired,
    is_end: bool,
) -> Result<Vec<Step>, Error> {
    let role = &Ident::new(&desired.role)?;
    let ours = &standing.ours;
    let all = ours.all();
    let (mut places, mut taken) = (Batch::default(), standing.excess_places.clone());
    if is_end {
        taken.connect = all.connect;
    }
    if taken.connect.is_some() {
        places = places.then([take(Right::Connect(&view.places.database.name), role)?]);
    }
    for schema in &taken.usage {
        places = places.then([take(Right::Usage(&schema.name), role)?]);
    }
    for (owner, schema) in &taken.future {
        let schema = &schema.name;
        if let Some(owner) = view.places.future_owner(*owner) {
            places = places.then([take(Right::Future { owner, schema }, role)?]);
        }
    }
    let mut steps = Vec::new();
    let excess = standing.excess.iter();
    let excess: Vec<&(Table, Excess)> = excess
        .filter(|one| !given_on(one, view.role, ours))
        .collect();
    for chunk in excess.chunks(TABLES) {
        let mut step = Step::default();
        let whole = chunk.iter().filter(|(_, excess)| excess.whole);
        let whole: Vec<_> = whole.map(|(table, _)| &table.name).collect();
        if !whole.is_empty() {
            step.statements = step.statements.then([take(Right::Select(&whole), role)?]);
        }
        for (table, Excess { whole, columns }) in chunk {
            let oid = table.oid;
            step.tables.insert(oid);
            if *whole {
                step.taken.tables.insert(oid);
                let (mut kept, with_option) = columns_by(table, view.role, ours.grantor_of(table));
                if let Some(ours) = all.columns.get(&oid) {
                    kept.retain(|number| !ours.contains(number));
                }
                kept.extend(wanted_columns(table, desired));
                if !kept.is_empty() {
                    let again = give_columns(table, &kept, role)?;
                    step.statements = step.statements.then(again);
                }
                if !with_option.is_empty() {
                    let names = names_of(table, &with_option);
                    let again = Right::Columns(&table.name, &names);
                    let again = give_again_with_option(again, role)?;
                    step.statements = step.statements.then([again]);
                }
            } else {
                let names = names_of(table, columns);
                let columns = take(Right::Columns(&table.name, &names), role)?;
                step.statements = step.statements.then([columns]);
            }
            if !columns.is_empty() {
                step.taken.columns.insert(oid, columns.clone());
            }
        }
        steps.push(step);
    }
    let first = Step {
        statements: places,
        taken,
        ..Step::default()
    };
    Ok(with_first(first, steps))
}

/// Whether to take the right on a whole table would take one on a column that the role has given on, which the server refuses:
/// who takes the one takes the other.
pub(super) fn given_on((table, excess): &(Table, Excess), role: Oid, ours: &Ours) -> bool {
    let grantor = ours.grantor_of(table);
    let mut columns = table.columns.values();
    excess.whole
        && columns.any(|column| {
            let of_role = column.acl.iter().filter(|row| row.grantee == role);
            let mut options = of_role.filter(|row| row.is_grantable);
            let is_by_another = |row: &AclRow| row.grantor != grantor;
            let is_given_on = column.acl.iter().any(|row| row.grantor == role);
            is_given_on && options.clone().next().is_some() && !options.any(is_by_another)
        })
}

/// The columns on which a role has rights of a grantor, without and with the option to give them on: who takes the right on
/// the whole table takes these as well.
fn columns_by(table: &Table, role: Oid, grantor: Oid) -> (BTreeSet<i16>, BTreeSet<i16>) {
    let given = |with_option: bool| -> BTreeSet<i16> {
        let is_such = |row: &AclRow| {
            (row.grantee, row.grantor, row.is_grantable) == (role, grantor, with_option)
        };
        let columns = table.columns.iter();
        let columns = columns.filter(|(_, column)| column.acl.iter().any(is_such));
        columns.map(|(number, _)| *number).collect()
    };
    (given(false), given(true))
}

/// The columns that are to be readable where these are enough.
fn wanted_columns(table: &Table, desired: &Desired) -> BTreeSet<i16> {
    match table.demand(&desired.publications, desired.by_column) {
        Some(Demand::Columns(columns)) => columns,
        Some(Demand::Whole) | None => BTreeSet::new(),
    }
}

fn names_of<'a>(table: &'a Table, columns: &BTreeSet<i16>) -> Vec<&'a str> {
    let names = columns.iter().map(|one| table.column_name(*one));
    names.collect()
}

fn give_columns(
    table: &Table,
    columns: &BTreeSet<i16>,
    role: &Ident,
) -> Result<[Statement; 1], Error> {
    let names = names_of(table, columns);
    Ok([give(Right::Columns(&table.name, &names), role)?])
}

/// Does what is about places, which is all of `first`, together with the first tables.
fn with_first(mut first: Step, steps: Vec<Step>) -> Vec<Step> {
    if first.statements.is_empty() {
        return steps;
    }
    let mut steps = steps.into_iter();
    if let Some(next) = steps.next() {
        first.statements = first.statements.then(next.statements);
        first.tables = next.tables;
        first.taken.tables = next.taken.tables;
        first.taken.columns = next.taken.columns;
    }
    [first].into_iter().chain(steps).collect()
}
