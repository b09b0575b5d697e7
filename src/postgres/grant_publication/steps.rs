//! What is to be run, transaction by transaction: decided from what was read alone.

use std::collections::BTreeSet;

use super::view::View;
use crate::postgres::{
    Batch, Error, Statement,
    ident::Ident,
    publication_grant::{Demand, Desired, Excess, Ours, Standing, Table, grantors},
    snapshot::Oid,
    statement::{Right, give, take},
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
    pub(super) taken: Ours,
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

/// What takes back what of ours is too much: that on tables as the standing says, the use of schemas of which nothing is
/// published, tables to come of owners that are not named; and at the end everything.
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
    let (mut places, mut taken) = (Batch::default(), Ours::default());
    if is_end && ours.connect {
        places = places.then([take(Right::Connect(&view.places.database.name), role)?]);
        taken.connect = true;
    }
    for schema in ours.usage.difference(&standing.schemas) {
        places = places.then([take(Right::Usage(schema), role)?]);
        taken.usage.insert(schema.clone());
    }
    for (owner, schema) in &ours.future {
        if desired.future_of.contains(owner) && standing.schemas.contains(schema) {
            continue;
        }
        places = places.then([take(Right::Future { owner, schema }, role)?]);
        taken.future.insert((owner.clone(), schema.clone()));
    }
    let mut steps = Vec::new();
    for chunk in standing.excess.chunks(TABLES) {
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
                let kept = kept_columns(table, view.role, ours, desired);
                if !kept.is_empty() {
                    let again = give_columns(table, &kept, role)?;
                    step.statements = step.statements.then(again);
                }
            } else {
                let names: Vec<_> = columns.iter().map(|one| table.column_name(*one)).collect();
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

/// The columns that are to be readable after the right on the whole table was taken, which takes those on columns with it
/// that the owner gave: what is published, and what others gave in the owner's name.
fn kept_columns(table: &Table, role: Oid, ours: &Ours, desired: &Desired) -> BTreeSet<i16> {
    let columns = table.columns.iter();
    let given = columns.filter(|(_, column)| grantors(&column.acl, role).contains(&table.owner));
    let given: BTreeSet<i16> = given.map(|(number, _)| *number).collect();
    let of_others = match ours.columns.get(&table.oid) {
        Some(ours) => &given - ours,
        None => given,
    };
    match table.demand(&desired.publications, desired.by_column) {
        Some(Demand::Columns(columns)) => &columns | &of_others,
        _ => of_others,
    }
}

fn give_columns(
    table: &Table,
    columns: &BTreeSet<i16>,
    role: &Ident,
) -> Result<[Statement; 1], Error> {
    let names: Vec<_> = columns.iter().map(|one| table.column_name(*one)).collect();
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
