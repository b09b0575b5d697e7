//! Dropping a slot.

use std::time::Duration;

use crate::{
    postgres::{
        Batch, Error, Server, Statement,
        connection::Connection,
        replication_slot::{Refusal, Slots},
        retry::until_done,
        statement::{self, look_up_rights, select_slots, terminate_user_of_slot},
        transaction,
    },
    scope::Scope,
};

/// The pause before a slot is tried again whose user was ended.
const PAUSE: Duration = Duration::from_millis(200);

/// Which slot is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that is there, unless somebody uses it.
    Unused,
    /// The one that is there; whoever uses it is ended.
    Any,
}

/// Drops a slot. One that is gone is success.
///
/// # Errors
/// When the server fails, or somebody uses it.
pub async fn drop_slot(
    server: &Server,
    scope: &Scope,
    name: &str,
    which: Which,
) -> Result<(), Error> {
    let dropped = until_done(server, scope, async || {
        let mut connection = server.connection(scope).await?;
        loop {
            match drop_in(&mut connection, name, which).await {
                // Its consumer may have been faster, and is ended once more.
                Err(Error::SlotRefused(refusal))
                    if which == Which::Any
                        && matches!(*refusal, Refusal::InUse(_))
                        && !scope.is_over(PAUSE) =>
                {
                    connection.roll_back().await;
                    scope.sleep(PAUSE).await;
                }
                Err(error) => {
                    connection.roll_back().await;
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
    })
    .await;
    server.forget_readings();
    dropped
}

async fn drop_in(connection: &mut Connection, name: &str, which: Which) -> Result<(), Error> {
    let attempted = format!("drop the slot {name:?}");
    let version = connection.version();
    let batch = transaction::write().then([select_slots(version, Some(name))]);
    let results = connection.run(&attempted, batch).await?;
    let slots = results.last().and_then(Slots::from_rows);
    let slots = slots.ok_or_else(|| Error::UnexpectedRows(attempted.clone()))?;
    let Some(slot) = slots.logical(name) else {
        connection.roll_back().await;
        return Ok(());
    };
    let terminate = match (&slot.user, which) {
        (None, _) => None,
        (Some(_), Which::Any) => Some(terminate_user_of_slot(version, name)),
        (Some(user), _) => return Err(Refusal::InUse(user.clone()).into()),
    };
    let statements = terminate.into_iter().chain([
        look_up_rights(),
        statement::drop_slot(name),
        Statement::commit(),
    ]);
    match connection
        .run(&attempted, statements.collect::<Batch>())
        .await
    {
        Ok(_) => Ok(()),
        Err(error) => Err(match (error.sqlstate(), &error) {
            (Some("55006"), _) => Refusal::InUse(slot.user.clone().unwrap_or_default()).into(),
            (Some("42501"), Error::Server { said, .. }) => {
                // "must be a member of the role whose process is being terminated" up to 15, "permission denied to terminate
                // process" from 16 on.
                match said.message.contains("terminate") {
                    true => Refusal::NoRightToEnd(said.to_string()).into(),
                    false => Refusal::NoRight(said.to_string()).into(),
                }
            }
            _ => error,
        }),
    }
}
