//! Reading what became of a transaction on a role, and waiting for those of others.

use std::time::Duration;

use crate::postgres::{
    Error, Server,
    retry::uninterruptible,
    snapshot::Snapshot,
    statement::{self, Coverage},
};

/// The pause before it is read again whether a probation is over.
pub(super) const PROBATION_PAUSE: Duration = Duration::from_secs(2);
/// The pause before a server is read again whose commit has no answer.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Reads a role on a new connection, once every transaction that works on it has ended; again while the
/// server cannot be reached.
pub(super) async fn read_again(
    server: &Server,
    name: &str,
    coverage: Coverage<'_>,
) -> Result<Snapshot, Error> {
    let scope = uninterruptible();
    let next = |error: &Error| {
        tracing::debug!(%error, "read again whether it was committed");
        // A lost session has its lock on the role until the server misses its client.
        (error.passes_by_itself() || error.is_lock_timeout()).then_some(READ_PAUSE)
    };
    let read = || async {
        let mut connection = server.connection(&scope).await?;
        let outcome = connection
            .run_and_read(&reading(name), statement::begin(name), coverage)
            .await;
        connection.roll_back().await;
        outcome
    };
    let outcome = scope.retry(next, read).await;
    outcome.map_err(|gave_up| gave_up.last)
}

/// Refuses to go on while another run works on the role in another database. In this one, it is waited for:
/// advisory locks belong to a database, and roles to all of them.
pub(super) fn wait_for_others(snapshot: &Snapshot, attempted: &str) -> Result<(), Error> {
    if snapshot.runs.elsewhere {
        return Err(Error::RunElsewhere(attempted.to_owned()));
    }
    wait_for_probation(snapshot, attempted)
}

/// Refuses to go on while a grant to the role may be taken back.
pub(super) fn wait_for_probation(snapshot: &Snapshot, attempted: &str) -> Result<(), Error> {
    match snapshot.runs.probation {
        true => Err(Error::OnProbation {
            attempted: attempted.to_owned(),
            pause: PROBATION_PAUSE,
        }),
        false => Ok(()),
    }
}

/// What reading a role is called.
pub(super) fn reading(name: &str) -> String {
    format!("read the role {name:?}")
}
