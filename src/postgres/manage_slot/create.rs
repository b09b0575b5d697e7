//! Creating a slot: look, refuse what cannot be, create, and find out what became of it.

use std::time::Duration;

use tokio::time::Instant;

use super::settle::settle;
use crate::{
    postgres::{
        Batch, Error, Rows, Server, Statement,
        connection::Connection,
        replication_slot::{
            Backend, Desired, Refusal, Slot, Slots, Taken, Writers, check_slot_name, too_old,
        },
        retry::until_done,
        statement::{
            begin_on_slot, copy_slot, create_slot, create_temporary_slot, drop_slot,
            look_up_rights, select_capacity, select_missing_publications, select_open_transactions,
            select_slots,
        },
        transaction,
    },
    scope::Scope,
};

/// How long before the operation's end the server gives up, so that it can be asked for whom it waited.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// A slot that was created.
#[derive(Clone, Debug)]
pub struct Created {
    /// As it is now.
    pub slot: Slot,
    /// `server_version_num` of its server.
    pub version: u32,
    /// What kept its answer away, where that was lost.
    pub answer_lost: Option<Error>,
}

/// How a slot comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is created, and waits for transactions of others itself. A server that goes on with that when its client is
    /// killed leaves it to nobody; from PostgreSQL 14 on a server looks after its client.
    Created,
    /// It is the copy of a temporary one, which has waited for them and ends with its session.
    /// <https://www.postgresql.org/docs/12/functions-admin.html#FUNCTIONS-REPLICATION>
    Copied,
}

/// What was found before a slot is created.
struct Found {
    /// The session that asks.
    backend: Backend,
    /// How many slots more there may be.
    room: u32,
    /// Whether one of its name is there, which makes room for it.
    is_replaced: bool,
}

/// Creates a slot that is not there yet. Waits for each transaction that has written and is still open, in every database
/// of the server, within the operation's limits.
///
/// # Errors
/// When the server fails, or something is refused: then there is no slot. The error says so where that is not known.
pub async fn create(server: &Server, scope: &Scope, desired: &Desired) -> Result<Created, Error> {
    check_slot_name(&desired.name).map_err(Refusal::Name)?;
    let created = until_done(server, scope, async || {
        let mut connection = server.connection(scope).await?;
        let way = Way::on(connection.version());
        let created = create_in(server, &mut connection, scope, desired, way).await;
        if created.is_err() {
            connection.roll_back().await;
        }
        created
    })
    .await;
    server.forget_readings();
    created
}

async fn create_in(
    server: &Server,
    connection: &mut Connection,
    scope: &Scope,
    desired: &Desired,
    way: Way,
) -> Result<Created, Error> {
    let name = &desired.name;
    let version = connection.version();
    if let Some(too_old) = too_old(desired, version) {
        return Err(Refusal::TooOld(too_old).into());
    }
    let patience = patience(scope);
    let limit = patience + LAST_LOOK;
    let attempted = format!("look for the slot {name:?}");
    let batch = begin_on_slot(name, patience)
        .then([
            select_slots(version, Some(name)),
            select_missing_publications(&desired.publications),
            select_capacity(),
        ])
        .answered_within(limit);
    let results = match connection.run(&attempted, batch).await {
        // The only thing that it can have waited for is another run.
        Err(error) if is_out_of_time(&error) => {
            return Err(Refusal::Exists(Taken::BeingCreated).into());
        }
        ran => ran?,
    };
    let found = check(&results, desired).ok_or(Error::UnexpectedRows(attempted))??;

    let began = Instant::now();
    let attempted = format!("create the slot {name:?}");
    let way = if found.room < 2 { Way::Created } else { way };
    let statements = match way {
        Way::Created => vec![create_slot(desired)],
        Way::Copied => {
            let temporary = format!("rdsiam_waits_{}", found.backend.pid);
            let wait = [
                look_up_rights(),
                create_temporary_slot(&temporary, &desired.plugin),
            ];
            let wait = wait.into_iter().collect::<Batch>().answered_within(limit);
            if let Err(error) = connection.run(&attempted, wait).await {
                if error.is_definite() {
                    return Err(refused(connection, name, error, began).await);
                }
                connection.break_off();
                return Err(error);
            }
            vec![copy_slot(&temporary, name), drop_slot(&temporary)]
        }
    };
    let batch = Batch::from(look_up_rights())
        .then(found.is_replaced.then(|| drop_slot(name)))
        .then(statements)
        .then([
            select_slots(version, Some(name)),
            select_missing_publications(&desired.publications),
            Statement::commit(),
        ])
        .answered_within(limit);
    let error = match connection.run(&attempted, batch).await {
        Ok(results) => return created(connection, name, &attempted, &results).await,
        Err(error) => error,
    };
    if way == Way::Copied && error.sqlstate() == Some("42501") {
        // It may create slots and not copy them.
        connection.roll_back().await;
        return Box::pin(create_in(server, connection, scope, desired, Way::Created)).await;
    }
    if error.is_definite() {
        return Err(refused(connection, name, error, began).await);
    }
    connection.break_off();
    match settle(server, name, &found.backend).await {
        Ok(Some(slot)) => Ok(Created {
            slot,
            version,
            answer_lost: Some(error),
        }),
        Ok(None) => Err(error),
        Err(look) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{error}; {look}"),
        }),
    }
}

/// The slot that was made, unless somebody dropped its publications while it waited for others: then it is dropped.
async fn created(
    connection: &mut Connection,
    name: &str,
    attempted: &str,
    results: &[Rows],
) -> Result<Created, Error> {
    let unexpected = || Error::UnexpectedRows(attempted.to_owned());
    let [.., slots, missing, _] = results else {
        return Err(unexpected());
    };
    let slots = Slots::from_rows(slots);
    let slot = slots.and_then(|slots| slots.get(name).cloned());
    let slot = slot.ok_or_else(unexpected)?;
    let missing = names(missing).ok_or_else(unexpected)?;
    if missing.is_empty() {
        return Ok(Created {
            slot,
            version: connection.version(),
            answer_lost: None,
        });
    }
    let drop = transaction::write().then([look_up_rights(), drop_slot(name), Statement::commit()]);
    connection
        .run(&format!("drop the slot {name:?} again"), drop)
        .await?;
    Err(Refusal::NoPublications(missing).into())
}

impl Way {
    /// The one that leaves no slot to nobody on a server of that version, such as 130023, as far as there is one.
    fn on(version: u32) -> Self {
        match version {
            120_000..140_000 => Self::Copied,
            _ => Self::Created,
        }
    }
}

/// How long the server may wait for others: nearly as long as the operation may take yet.
fn patience(scope: &Scope) -> Duration {
    let left = scope.deadline().saturating_duration_since(Instant::now());
    left.saturating_sub(LAST_LOOK)
        .max(left / 2)
        .max(Duration::from_millis(1))
}

/// What the rows say against a slot; what was found, where nothing does. `None` of rows of another form.
fn check(results: &[Rows], desired: &Desired) -> Option<Result<Found, Refusal>> {
    let [.., slots, missing, capacity] = results else {
        return None;
    };
    let slots = Slots::from_rows(slots)?;
    let capacity = capacity.first()?;
    let number = |column| capacity.get(column)?.parse::<u32>().ok();
    let (max, used) = (number(0)?, number(1)?);
    let wal_level = capacity.get(2)?;
    let slot = slots.get(&desired.name);
    match slot.map(|slot| (Taken::from(slot), &slot.user)) {
        None => {}
        Some((Taken::Lost, None)) if desired.replaces_lost => {}
        Some((Taken::Lost, Some(user))) if desired.replaces_lost => {
            return Some(Err(Refusal::InUse(user.clone())));
        }
        Some((taken, _)) => return Some(Err(Refusal::Exists(taken))),
    }
    let missing = names(missing)?;
    if !missing.is_empty() {
        return Some(Err(Refusal::NoPublications(missing)));
    }
    if wal_level != "logical" {
        return Some(Err(Refusal::NotLogical(wal_level.to_owned())));
    }
    let is_replaced = slot.is_some();
    let room = (max + u32::from(is_replaced)).saturating_sub(used);
    if room == 0 {
        return Some(Err(Refusal::NoRoom));
    }
    let backend = Backend {
        pid: capacity.get(3)?.parse().ok()?,
        start: capacity.get(4)?.to_owned(),
    };
    Some(Ok(Found {
        backend,
        room,
        is_replaced,
    }))
}

fn names(rows: &Rows) -> Option<Vec<String>> {
    rows.iter()
        .map(|row| Some(row.get(0)?.to_owned()))
        .collect()
}

/// What a server's error means for a slot, which is not there then.
async fn refused(connection: &mut Connection, name: &str, error: Error, began: Instant) -> Error {
    let seconds = began.elapsed().as_secs();
    let Some(said) = error.said() else {
        return error;
    };
    let has = |text: &str| said.message.contains(text);
    let refusal = match said.sqlstate.as_str() {
        _ if is_out_of_time(&error) => {
            connection.roll_back().await;
            let rows = connection
                .read("look for whom a slot waits", [select_open_transactions()])
                .await;
            let writers = rows
                .ok()
                .and_then(|rows| rows.first().map(Writers::from_rows));
            Refusal::Waited {
                seconds,
                writers: writers.unwrap_or_default(),
            }
        }
        // Somebody else was faster.
        "42710" => {
            connection.roll_back().await;
            let select = select_slots(connection.version(), Some(name));
            let rows = connection.read("look who has the name", [select]).await;
            let slots = rows.ok().and_then(|rows| Slots::from_rows(rows.first()?));
            let taken = slots.and_then(|slots| slots.get(name).map(Taken::from));
            Refusal::Exists(taken.unwrap_or(Taken::BeingCreated))
        }
        "53400" => Refusal::NoRoom,
        "42501" if has("output plugin") => Refusal::NoPlugin(said.to_string()),
        "58P01" | "42883" | "55000" if has("could not access file") || has("output plugin") => {
            Refusal::NoPlugin(said.to_string())
        }
        "42501" => Refusal::NoRight(said.to_string()),
        _ => return error,
    };
    refusal.into()
}

/// Whether the server gave a statement up because its time was up.
fn is_out_of_time(error: &Error) -> bool {
    error.is_cancelled_statement()
        && error
            .said()
            .is_some_and(|said| said.message.contains("statement timeout"))
}
