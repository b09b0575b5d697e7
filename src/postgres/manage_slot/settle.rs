//! Finding out what became of a slot whose creation gave no answer.

use std::time::Duration;

use crate::postgres::{
    Error, Server,
    replication_slot::{Backend, Condition, Slot, Slots},
    retry::uninterruptible,
    statement::{select_backend, select_slots, terminate_backend},
};

/// The pause before it is looked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Ends the session that creates a slot, and waits until it is gone; then the slot, where it is there after all. Whatever
/// the operation's limits say: a slot that nobody knows of retains WAL without end.
///
/// # Errors
/// When the server does not tell.
pub(super) async fn settle(
    server: &Server,
    name: &str,
    backend: &Backend,
) -> Result<Option<Slot>, Error> {
    let attempted = format!("look what became of the slot {name:?}");
    let scope = uninterruptible();
    let next = |error: &Error| error.passes_by_itself().then_some(PAUSE);
    let is_over = async || {
        let mut connection = server.connection(&scope).await?;
        let version = connection.version();
        let statements = [
            terminate_backend(backend),
            select_backend(backend),
            select_slots(version, Some(name)),
        ];
        let results = connection.read(&attempted, statements).await?;
        let [_, sessions, slots] = results.as_slice() else {
            return Err(Error::UnexpectedRows(attempted.clone()));
        };
        let slots = Slots::from_rows(slots);
        let slots = slots.ok_or_else(|| Error::UnexpectedRows(attempted.clone()))?;
        Ok((sessions.is_empty(), slots.logical(name).cloned()))
    };
    loop {
        let outcome = scope.retry(next, &is_over).await;
        let (is_gone, slot) = outcome.map_err(|gave_up| gave_up.last)?;
        if is_gone {
            // One that is being created is somebody else's.
            return Ok(slot.filter(|slot| slot.condition() != Condition::BeingCreated));
        }
        if scope.is_over(PAUSE) {
            return Err(Error::TimedOut {
                attempted,
                limit: scope.timeout(),
            });
        }
        scope.sleep(PAUSE).await;
    }
}
