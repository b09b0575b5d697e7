//! Dropping a role that the provider created.

use std::{collections::BTreeMap, time::Duration};

use super::{refuse::refuse_another, retry::wait_for_others};
use crate::{
    postgres::{
        Batch, Error, Row, Rows, Server, Statement,
        connection::{self, Connection},
        ident::Ident,
        refusal::{Dependents, Refusal, Session},
        retry::until_done,
        snapshot::Oid,
        statement::{self, Coverage},
    },
    scope::Scope,
};

/// The pause between two polls of sessions that are ending.
const PAUSE: Duration = Duration::from_millis(100);
/// Most polls of sessions that are ending: after so many, clients are taken to come back.
const MAX_POLLS: usize = 100;

/// Drops a role. One that is gone is success; `oid` is the object that it was, where that is known.
///
/// PostgreSQL drops a role under its own sessions, and a walsender then streams on without a name
/// while its slot retains WAL: so a role with sessions is refused, or its sessions are ended first.
///
/// # Errors
/// When it has sessions and `force` is off, when objects depend on it, or when the role of this name is
/// another object; nothing is dropped then.
pub async fn drop_role(
    server: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    force: bool,
) -> Result<(), Error> {
    let dropped = until_done(server, scope, || drop_once(server, scope, name, oid, force)).await;
    server.forget_readings();
    dropped
}

async fn drop_once(
    server: &Server,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    force: bool,
) -> Result<(), Error> {
    let mut connection = server.connection(scope).await?;
    let dropped = drop_in(&mut connection, scope, name, oid, force).await;
    if let Err(error) = dropped {
        connection.roll_back().await;
        if error.is_about_dependents() {
            let dependents = dependents(&mut connection, name).await?;
            return Err(Refusal::HasDependents(dependents).into());
        }
        return Err(error);
    }
    Ok(())
}

async fn drop_in(
    connection: &mut Connection,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    force: bool,
) -> Result<(), Error> {
    let attempted = format!("drop the role {name:?}");
    let ident = Ident::new(name)?;
    end_sessions(connection, scope, name, oid, force).await?;
    let batch = statement::begin(name)
        .then([statement::select_takeable(name)])
        .then(Coverage::Neighborhood { name, object: oid }.select());
    let results = connection.run(&attempted, batch).await?;
    let snapshot = connection::snapshot(&attempted, &results)?;
    wait_for_others(&snapshot, &attempted)?;
    refuse_another(&snapshot, name, oid)?;
    if let Some(found) = snapshot.oid(name) {
        // Rights to read published tables can mean nobody else, and a grant that is retained, or was killed, left them.
        let rights = match results.as_slice() {
            [.., rights, _, _] => statement::take_all(rights, &ident)?,
            _ => None,
        };
        let rights = rights.ok_or_else(|| Error::UnexpectedRows(attempted.clone()))?;
        let statements = rights.then([
            statement::drop_role(&ident),
            statement::select_is_there(found),
        ]);
        let results = connection.run(&attempted, statements).await?;
        let is_there = results.last().and_then(|rows| rows.first()?.get(0));
        // By its name another one was dropped: somebody renamed this one meanwhile.
        if is_there != Some("f") {
            return Err(Error::AnotherObject(attempted));
        }
    }
    connection.run(&attempted, Statement::commit()).await?;
    Ok(())
}

/// Makes sure that the role has no sessions. Those of another role under its name are not touched.
async fn end_sessions(
    connection: &mut Connection,
    scope: &Scope,
    name: &str,
    oid: Option<Oid>,
    force: bool,
) -> Result<(), Error> {
    let attempted = format!("look at the sessions of the role {name:?}");
    let batch = Batch::from(statement::select_sessions(name))
        .then(Coverage::Neighborhood { name, object: oid }.select());
    let mut sessions = Vec::new();
    for poll in 0..MAX_POLLS {
        let results = connection.read(&attempted, batch.clone()).await?;
        let snapshot = connection::snapshot(&attempted, &results)?;
        refuse_another(&snapshot, name, oid)?;
        sessions = results.iter().take(1).flatten().map(session).collect();
        let Some(found) = snapshot.oid(name).filter(|_| !sessions.is_empty()) else {
            return Ok(());
        };
        if !force {
            break;
        }
        if poll == 0 {
            connection
                .read(
                    &format!("end the sessions of the role {name:?}"),
                    [statement::terminate_sessions(found)],
                )
                .await?;
        }
        scope.sleep(PAUSE).await;
    }
    Err(Refusal::HasSessions(sessions).into())
}

fn session(row: &Row) -> Session {
    let text = |column: usize| row.get(column).unwrap_or_default().to_owned();
    Session {
        pid: text(0),
        backend_type: text(1),
        application_name: text(2),
    }
}

async fn dependents(connection: &mut Connection, name: &str) -> Result<Vec<Dependents>, Error> {
    let rows = connection
        .read(
            &format!("list what depends on the role {name:?}"),
            [statement::select_dependents(name)],
        )
        .await?;
    Ok(by_database(&rows))
}

fn by_database(results: &[Rows]) -> Vec<Dependents> {
    let mut databases: BTreeMap<String, Dependents> = BTreeMap::new();
    for row in results.iter().flatten() {
        let database = row.get(0).unwrap_or_default();
        let dependents = databases
            .entry(database.to_owned())
            .or_insert_with(|| Dependents {
                database: (!database.is_empty()).then(|| database.to_owned()),
                count: 0,
                objects: Vec::new(),
            });
        dependents.count += 1;
        dependents.objects.extend(row.get(1).map(str::to_owned));
    }
    databases.into_values().collect()
}
