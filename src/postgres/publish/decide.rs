//! What is to be done to make a publication what it is to be: decided from the catalog alone.

use std::collections::BTreeSet;

use super::desired::{Desired, WaitForWriters};
use crate::postgres::{
    Batch, COMMENT, Error, Statement,
    ident::Ident,
    publication::{
        Contents, Definition, Member, Publication, Refusal, TableFacts, Tables, check_filter,
        keeps_joining_tables, knows_partitioned_tables,
    },
    statement::{
        add_to_publication, alter_publication_owner, comment_publication, create_publication,
        drop_from_publication, drop_publication, set_publication,
    },
    table_name::TableName,
};

/// What is to be run.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub(super) statements: Batch,
    /// The tables of which more is published from then on.
    pub(super) joining: Joining,
}

/// The tables of which more is published than before.
#[derive(Debug, Default)]
pub(super) struct Joining {
    /// Whether there may be any, listed or not.
    is_possible: bool,
    /// Those that stay listed, with other columns or rows.
    pub(super) again: BTreeSet<TableName>,
    /// Whether it is so of all that are published: other operations, or as those of other tables.
    pub(super) is_all: bool,
}

/// Decides.
///
/// # Errors
/// When something is refused.
pub(super) fn decide(
    found: Option<&Publication>,
    desired: &Desired,
    tables: &Tables,
    version: u32,
) -> Result<Decision, Error> {
    for (table, member) in desired.definition.contents.tables() {
        if let Some(Err(reason)) = member.filter.as_deref().map(check_filter) {
            let table = table.clone();
            return Err(Refusal::Filter { table, reason }.into());
        }
    }
    match (found, desired.seen) {
        (None, None) => {}
        (Some(found), None) => {
            let is_ours = found.own_comment() == Some(COMMENT);
            return Err(Refusal::Exists { is_ours }.into());
        }
        (None, Some(_)) => return Err(Refusal::Gone.into()),
        (Some(found), Some(seen)) if !found.is(seen, version) => {
            return Err(Refusal::AnotherPublication.into());
        }
        (Some(_), Some(_)) => {}
    }
    let listed = joining(found, desired);
    refuse_tables(&listed, tables, version)?;
    let is_all = found.is_some_and(|found| publishes_more(&found.definition, &desired.definition));
    Ok(Decision {
        statements: match found {
            None => create(desired, None)?,
            Some(found) => change(found, desired)?,
        },
        joining: Joining {
            is_possible: is_all || !listed.is_empty() || lets_join_unlisted(found, desired),
            again: listed
                .into_iter()
                .filter(|table| listed_before(found, table).is_some())
                .collect(),
            is_all,
        },
    })
}

impl Decision {
    /// Whether transactions that write to tables that join are to be waited for. Nobody streams a publication that was not
    /// there yet.
    pub(super) fn waits_for_writers(&self, desired: &Desired, version: u32) -> bool {
        let waits = match desired.wait_for_writers {
            WaitForWriters::Always => true,
            WaitForWriters::Never => false,
            WaitForWriters::Auto => desired.seen.is_some() && !keeps_joining_tables(version),
        };
        waits && self.joining.is_possible
    }
}

/// Whether what was found is what is to be, but for the texts of filters that the server has not printed yet.
///
/// # Errors
/// What the catalog does not show.
pub(super) fn verify(found: &Publication, desired: &Desired) -> Result<(), Refusal> {
    let (live, wanted) = (&found.definition, &desired.definition);
    let differs = |what| Err(Refusal::NotInCatalog(what));
    if live.operations != wanted.operations {
        return differs("the operations that it is to publish");
    }
    if live.via_partition_root != wanted.via_partition_root {
        return differs("publish_via_partition_root");
    }
    if live.generated_columns != wanted.generated_columns {
        return differs("publish_generated_columns");
    }
    if desired
        .owner
        .as_ref()
        .is_some_and(|owner| *owner != found.owner)
    {
        return differs("its owner");
    }
    let is_all = |contents: &Contents| matches!(contents, Contents::AllTables);
    let shape = |member: &Member| (member.columns.clone(), member.filter.is_some());
    let members = |contents: &Contents| -> Vec<_> {
        let tables = contents.tables();
        tables
            .map(|(name, member)| (name.clone(), shape(member)))
            .collect()
    };
    let has_same = is_all(&live.contents) == is_all(&wanted.contents)
        && live.contents.schemas().eq(wanted.contents.schemas())
        && members(&live.contents) == members(&wanted.contents);
    match has_same {
        true => Ok(()),
        false => differs("the tables and schemas that it is to publish"),
    }
}

/// The tables that are listed, and were not or otherwise before. That takes their owner's rights.
fn joining(found: Option<&Publication>, desired: &Desired) -> BTreeSet<TableName> {
    let is_there = |table: &TableName, member: &Member| {
        listed_before(found, table).is_some_and(|live| is_same_member(desired, table, live, member))
    };
    let tables = desired.definition.contents.tables();
    tables
        .filter(|(table, member)| !is_there(table, member))
        .map(|(table, _)| table.clone())
        .collect()
}

/// Whether more is published of each table, or as a change of another one.
fn publishes_more(before: &Definition, definition: &Definition) -> bool {
    let was: BTreeSet<_> = before.operations.names().collect();
    let mut operations = definition.operations.names();
    operations.any(|operation| !was.contains(operation))
        || before.via_partition_root != definition.via_partition_root
}

/// What was published of a table that was listed.
fn listed_before<'a>(found: Option<&'a Publication>, table: &TableName) -> Option<&'a Member> {
    found.and_then(|found| found.definition.contents.member(table))
}

/// Whether tables come to be published that are not listed.
fn lets_join_unlisted(found: Option<&Publication>, desired: &Desired) -> bool {
    let contents = found.map(|found| &found.definition.contents);
    match &desired.definition.contents {
        Contents::AllTables => contents != Some(&Contents::AllTables),
        listed => {
            let before: BTreeSet<_> = contents.into_iter().flat_map(Contents::schemas).collect();
            listed.schemas().any(|schema| !before.contains(schema))
        }
    }
}

/// Refuses tables that cannot join, each for one reason.
fn refuse_tables(
    joining: &BTreeSet<TableName>,
    tables: &Tables,
    version: u32,
) -> Result<(), Refusal> {
    let of = |is_refused: &dyn Fn(&TableName) -> bool| -> Vec<TableName> {
        let refused = joining.iter().filter(|table| is_refused(table));
        refused.cloned().collect()
    };
    let missing = of(&|table| tables.get(table).is_none());
    if !missing.is_empty() {
        return Err(Refusal::NoSuchTables(missing));
    }
    let is =
        |table: &TableName, holds: fn(&TableFacts) -> bool| tables.get(table).is_some_and(holds);
    let others = of(&|table| !is(table, TableFacts::is_publishable));
    if !others.is_empty() {
        return Err(Refusal::NotPublishable(others));
    }
    let partitioned = of(&|table| is(table, TableFacts::is_partitioned));
    if !knows_partitioned_tables(version) && !partitioned.is_empty() {
        return Err(Refusal::Partitioned(partitioned));
    }
    let foreign: Vec<_> = joining
        .iter()
        .filter_map(|table| Some((table, tables.get(table)?)))
        .filter(|(_, facts)| !facts.is_ours)
        .map(|(table, facts)| (table.clone(), facts.owner.clone()))
        .collect();
    match foreign.is_empty() {
        true => Ok(()),
        false => Err(Refusal::NotOwned(foreign)),
    }
}

/// Creates it, in the place of another one perhaps; with an owner that is not the session's user last, since that one may
/// do everything until then.
fn create(desired: &Desired, replaced: Option<&Publication>) -> Result<Batch, Error> {
    let name = Ident::new(&desired.name)?;
    let comment = replaced.map_or_else(|| COMMENT.to_owned(), Publication::comment_of_successor);
    let mut statements = Batch::from(create_publication(&name, &desired.definition)?)
        .then([comment_publication(&name, &comment)]);
    let owner = desired.owner.as_ref();
    if let Some(owner) = owner.or(replaced.map(|replaced| &replaced.owner)) {
        statements.extend([alter_publication_owner(&name, &Ident::new(owner)?)]);
    }
    Ok(statements)
}

/// Makes one of what was found, by what differs.
fn change(found: &Publication, desired: &Desired) -> Result<Batch, Error> {
    let name = Ident::new(&desired.name)?;
    let (live, wanted) = (&found.definition, &desired.definition);
    let is_all = |contents: &Contents| matches!(contents, Contents::AllTables);
    if is_all(&live.contents) != is_all(&wanted.contents) {
        // No ALTER leads from one to the other. Within one transaction no stream is without it.
        let mut statements = Batch::from(drop_publication(&name));
        statements.extend(create(desired, Some(found))?);
        return Ok(statements);
    }
    let is_same = |table: &TableName, member: &Member| {
        let wanted = wanted.contents.member(table);
        wanted.is_some_and(|wanted| is_same_member(desired, table, member, wanted))
    };
    let leaving = live
        .contents
        .tables()
        .filter(|(table, member)| !is_same(table, member));
    let joining = wanted.contents.tables().filter(|(table, _)| {
        let member = live.contents.member(table);
        !member.is_some_and(|member| is_same(table, member))
    });
    let others = |of: &Contents| of.schemas().cloned().collect::<BTreeSet<String>>();
    let (schemas_before, schemas) = (others(&live.contents), others(&wanted.contents));
    // What changes leaves and joins in one transaction, so that no stream is without it; and what leaves is no obstacle
    // to what joins.
    let statements = [
        drop_from_publication(
            &name,
            leaving.map(|(table, _)| table),
            schemas_before.difference(&schemas),
        )?,
        add_to_publication(&name, joining, schemas.difference(&schemas_before))?,
        set_publication(&name, live, wanted),
        owner_change(&name, found, desired)?,
    ];
    Ok(statements.into_iter().flatten().collect())
}

fn owner_change(
    name: &Ident,
    found: &Publication,
    desired: &Desired,
) -> Result<Option<Statement>, Error> {
    match &desired.owner {
        Some(owner) if *owner != found.owner => {
            let owner = Ident::new(owner)?;
            Ok(Some(alter_publication_owner(name, &owner)))
        }
        _ => Ok(None),
    }
}

/// Whether a table is published as it is to be. A filter is the same if it is written as it was and still stored as it
/// was then, or if it is written as the server prints it.
fn is_same_member(desired: &Desired, table: &TableName, live: &Member, wanted: &Member) -> bool {
    let is_same_filter = match (&live.filter, &wanted.filter) {
        (None, None) => true,
        (Some(live), Some(wanted)) if live == wanted => true,
        (Some(live), Some(wanted)) => desired
            .written_filters
            .get(table)
            .is_some_and(|filter| filter.written == *wanted && filter.stored == *live),
        _ => false,
    };
    live.columns == wanted.columns && is_same_filter
}

#[cfg(test)]
mod tests;
