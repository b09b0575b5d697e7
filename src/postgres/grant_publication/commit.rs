//! Committing a change of rights, and finding out what became of it.

use std::time::Duration;

use super::view::View;
use crate::postgres::{
    Error, Server, Statement,
    connection::Connection,
    retry::uninterruptible,
    statement::{Which, begin_on_grants},
};

/// The pause before a server is read again whose commit has no answer.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Commits. `after` is what the catalog shows then, and `before` what it showed.
///
/// # Errors
/// When nothing was committed; that it is not known, where the server does not tell any more.
pub(super) async fn commit(
    server: &Server,
    connection: &mut Connection,
    attempted: &str,
    role: &str,
    which: Which<'_>,
    before: &View,
    after: &View,
) -> Result<(), Error> {
    // From here on an interruption comes too late: what was committed has to be known.
    connection.set_limits(&uninterruptible());
    let error = match connection.run(attempted, Statement::commit()).await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_definite() => return Err(error),
        Err(error) => error,
    };
    connection.break_off();
    let unknown = |reason: String| Error::CommitUnknown {
        attempted: attempted.to_owned(),
        reason,
    };
    match read_again(server, attempted, role, which).await {
        Ok(found) if found.direct() == after.direct() => Ok(()),
        Ok(found) if found.direct() == before.direct() => {
            Err(Error::NotCommitted(attempted.to_owned()))
        }
        Ok(_) => Err(unknown(format!(
            "{error}; and somebody else has changed it meanwhile"
        ))),
        Err(read) => Err(unknown(format!("{error}; {read}"))),
    }
}

/// Reads on a new connection, once every transaction that changes rights has ended; again while the server cannot be
/// reached.
async fn read_again(
    server: &Server,
    attempted: &str,
    role: &str,
    which: Which<'_>,
) -> Result<View, Error> {
    let scope = uninterruptible();
    let next = |error: &Error| {
        tracing::debug!(%error, "read again whether it was committed");
        // A lost session has its lock until the server misses its client.
        (error.passes_by_itself() || error.is_lock_timeout()).then_some(READ_PAUSE)
    };
    let read = || async {
        let mut connection = server.connection(&scope).await?;
        let select = View::select(connection.version(), which, role);
        let results = connection
            .run(attempted, begin_on_grants().then(select))
            .await;
        connection.roll_back().await;
        let results = results?;
        View::from_rows(attempted, &results[results.len().saturating_sub(2)..])
    };
    let outcome = scope.retry(next, read).await;
    outcome.map_err(|gave_up| gave_up.last)
}
