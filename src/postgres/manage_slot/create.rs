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
            begin_on_slot, create_slot, look_up_rights, select_capacity,
            select_missing_publications, select_open_transactions, select_slots,
        },
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
    /// What kept its answer away, where that was lost.
    pub answer_lost: Option<Error>,
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
        let created = create_in(server, &mut connection, scope, desired).await;
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
) -> Result<Created, Error> {
    let name = &desired.name;
    let version = connection.version();
    if let Some(too_old) = too_old(desired, version) {
        return Err(Refusal::TooOld(too_old).into());
    }
    let patience = patience(scope);
    let attempted = format!("look for the slot {name:?}");
    let batch = begin_on_slot(name, patience).then([
        select_slots(version, Some(name)),
        select_missing_publications(&desired.publications),
        select_capacity(),
    ]);
    let results = connection.run(&attempted, batch).await?;
    let backend = check(&results, name).ok_or(Error::UnexpectedRows(attempted))??;

    let began = Instant::now();
    let attempted = format!("create the slot {name:?}");
    let batch: Batch = [
        look_up_rights(),
        create_slot(desired),
        select_slots(version, Some(name)),
        Statement::commit(),
    ]
    .into_iter()
    .collect();
    let batch = batch.answered_within(patience + LAST_LOOK);
    let error = match connection.run(&attempted, batch).await {
        Ok(results) => {
            let slots = results.get(2).and_then(Slots::from_rows);
            let slot = slots.and_then(|slots| slots.get(name).cloned());
            return Ok(Created {
                slot: slot.ok_or(Error::UnexpectedRows(attempted))?,
                answer_lost: None,
            });
        }
        Err(error) => error,
    };
    if error.is_definite() {
        let seconds = began.elapsed().as_secs();
        return Err(refused(connection, error, seconds).await);
    }
    connection.break_off();
    match settle(server, name, &backend).await {
        Ok(Some(slot)) => Ok(Created {
            slot,
            answer_lost: Some(error),
        }),
        Ok(None) => Err(error),
        Err(look) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{error}; {look}"),
        }),
    }
}

/// How long the server may wait for others: nearly as long as the operation may take yet.
fn patience(scope: &Scope) -> Duration {
    let left = scope.deadline().saturating_duration_since(Instant::now());
    left.saturating_sub(LAST_LOOK)
        .max(left / 2)
        .max(Duration::from_millis(1))
}

/// What the rows say against a slot; the session that asks, where nothing does. `None` of rows of another form.
fn check(results: &[Rows], name: &str) -> Option<Result<Backend, Refusal>> {
    let [.., slots, missing, capacity] = results else {
        return None;
    };
    let slots = Slots::from_rows(slots)?;
    let capacity = capacity.first()?;
    let number = |column| capacity.get(column)?.parse::<u32>().ok();
    let (max, used) = (number(0)?, number(1)?);
    let wal_level = capacity.get(2)?;
    if let Some(slot) = slots.get(name) {
        return Some(Err(Refusal::Exists(slot.into())));
    }
    if !missing.is_empty() {
        let missing = missing.iter().map(|row| Some(row.get(0)?.to_owned()));
        return Some(Err(Refusal::NoPublications(
            missing.collect::<Option<_>>()?,
        )));
    }
    if wal_level != "logical" {
        return Some(Err(Refusal::NotLogical(wal_level.to_owned())));
    }
    if used >= max {
        return Some(Err(Refusal::NoRoom));
    }
    Some(Ok(Backend {
        pid: capacity.get(3)?.parse().ok()?,
        start: capacity.get(4)?.to_owned(),
    }))
}

/// What a server's error means for a slot, which is not there then.
async fn refused(connection: &mut Connection, error: Error, seconds: u64) -> Error {
    let Some(said) = error.said() else {
        return error;
    };
    let has = |text: &str| said.message.contains(text);
    let refusal = match said.sqlstate.as_str() {
        "57014" if has("statement timeout") => {
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
        "42710" => Refusal::Exists(Taken::BeingCreated),
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
