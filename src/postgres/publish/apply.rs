//! Creating and changing: read, decide, run, read back, commit.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    commit::commit,
    decide::{decide, verify},
    desired::{Desired, WrittenFilter},
    read::{read_one, reading},
    writers,
};
use crate::{
    postgres::{
        Batch, Error, Server, Statement,
        connection::Connection,
        publication::{Faulty, Member, Publication, Refusal, Seen, Tables, too_old},
        retry::until_done,
        statement::{
            begin_on_publication, select_faulty_tables, select_publications, select_tables,
        },
        table_name::TableName,
    },
    scope::Scope,
};

/// What was done.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The publication as it is now.
    pub publication: Publication,
    /// Which object it is.
    pub seen: Seen,
    /// Its filters, as they were written and as they are stored.
    pub filters: BTreeMap<TableName, WrittenFilter>,
    /// Tables whose UPDATEs or DELETEs fail from now on, as it was allowed.
    pub faulty: Vec<Faulty>,
}

/// Makes a publication what it is to be.
///
/// # Errors
/// When the server fails, or something is refused: then nothing is changed. The error says so where that is not known.
pub async fn apply(server: &Server, scope: &Scope, desired: &Desired) -> Result<Applied, Error> {
    let applied = until_done(server, scope, async || {
        let mut connection = server.connection(scope).await?;
        let applied = apply_in(server, &mut connection, desired).await;
        if applied.is_err() {
            connection.roll_back().await;
        }
        applied
    })
    .await;
    server.forget_readings();
    applied
}

async fn apply_in(
    server: &Server,
    connection: &mut Connection,
    desired: &Desired,
) -> Result<Applied, Error> {
    let name = &desired.name;
    let version = connection.version();
    if let Some(too_old) = too_old(&desired.definition, version) {
        return Err(Refusal::TooOld(too_old).into());
    }
    let tables = desired.definition.contents.tables();
    let batch = begin_on_publication(name)
        .then([
            select_tables(tables.map(|(table, _)| table)),
            select_faulty_tables(version, name),
        ])
        .then(select_publications(version, Some(name)));
    let attempted = reading(name);
    let results = connection.run(&attempted, batch).await?;
    let [.., tables, faulty_before, _, _, _] = results.as_slice() else {
        return Err(Error::UnexpectedRows(attempted));
    };
    let unexpected = || Error::UnexpectedRows(attempted.clone());
    let tables = Tables::from_rows(tables).ok_or_else(unexpected)?;
    let faulty_before = Faulty::from_rows(faulty_before).ok_or_else(unexpected)?;
    let found = read_one(name, &results)?;
    let decision = decide(found.as_ref(), desired, &tables, version)?;
    let (publication, faulty) = match &found {
        Some(found) if decision.statements.is_empty() => {
            verify(found, desired)?;
            (found.clone(), Vec::new())
        }
        _ => {
            if decision.waits_for_writers(desired, version) {
                writers::lock_out(connection, desired, &decision.joining).await?;
            }
            let statements = Batch::from(Statement::savepoint()).then(decision.statements);
            let done = run(connection, desired, statements, &faulty_before).await?;
            if found.as_ref() == Some(&done.0) {
                // Only the texts of filters differ, and the server makes the same of both.
                connection
                    .run(&changing(name), Statement::rollback_to_savepoint())
                    .await?;
            }
            done
        }
    };
    commit(server, connection, name, found.as_ref(), Some(&publication)).await?;
    Ok(Applied {
        filters: filters(&publication, desired),
        seen: publication.seen(version),
        publication,
        faulty,
    })
}

/// Runs what was decided, and reads it back: the publication as it is then, and whose UPDATEs fail although they did not
/// before.
async fn run(
    connection: &mut Connection,
    desired: &Desired,
    statements: Batch,
    faulty_before: &BTreeSet<Faulty>,
) -> Result<(Publication, Vec<Faulty>), Error> {
    let name = &desired.name;
    let version = connection.version();
    let attempted = match desired.seen {
        None => format!("create the publication {name:?}"),
        Some(_) => changing(name),
    };
    let batch = statements
        .then([select_faulty_tables(version, name)])
        .then(select_publications(version, Some(name)));
    let results = connection.run(&attempted, batch).await?;
    let [.., faulty, _, _, _] = results.as_slice() else {
        return Err(Error::UnexpectedRows(attempted));
    };
    let faulty = Faulty::from_rows(faulty);
    let faulty = faulty.ok_or_else(|| Error::UnexpectedRows(attempted.clone()))?;
    let (allowed, refused): (Vec<_>, Vec<_>) = faulty
        .difference(faulty_before)
        .cloned()
        .partition(|faulty| is_allowed(desired, faulty));
    if !refused.is_empty() {
        return Err(Refusal::WouldFail(refused).into());
    }
    let publication = read_one(name, &results)?;
    let publication = publication.ok_or(Refusal::NotInCatalog("it"))?;
    verify(&publication, desired)?;
    Ok((publication, allowed))
}

fn is_allowed(desired: &Desired, faulty: &Faulty) -> bool {
    let allowed = &desired.allow_without_replica_identity;
    allowed.contains(&faulty.table) || allowed.contains(&faulty.published)
}

/// The filters, as they were written and as they are stored.
fn filters(publication: &Publication, desired: &Desired) -> BTreeMap<TableName, WrittenFilter> {
    let tables = desired.definition.contents.tables();
    let filter = |(table, member): (&TableName, &Member)| {
        let stored = publication.definition.contents.member(table)?;
        let filter = WrittenFilter {
            written: member.filter.clone()?,
            stored: stored.filter.clone()?,
        };
        Some((table.clone(), filter))
    };
    tables.filter_map(filter).collect()
}

fn changing(name: &str) -> String {
    format!("change the publication {name:?}")
}
