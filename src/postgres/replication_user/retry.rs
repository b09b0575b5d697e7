//! Running a transaction again, and reading what became of one.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

use crate::{
    postgres::{
        Error, Server,
        snapshot::Snapshot,
        statement::{self, Coverage},
    },
    scope::Scope,
};

/// How often a transaction is run when others change the same rows meanwhile.
const ATTEMPTS: usize = 10;
/// The first pause between two of them.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The pause before it is read again whether a probation is over.
pub(super) const PROBATION_PAUSE: Duration = Duration::from_secs(2);

/// How long a commit, and what has to follow it, may take.
const COMMIT_LIMIT: Duration = Duration::from_secs(60);
/// The pause before a server is read again whose commit has no answer.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Runs a transaction again while others change the same rows, or are about to take back what is there,
/// within the operation's limits. A pause ends with the trial that it waits for.
pub(super) async fn until_no_conflict<T, F>(
    server: &Server,
    scope: &Scope,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pauses = pauses();
    loop {
        let trial_ended = server.proven().next_trial();
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let pause = match &error {
            Error::OnProbation { pause, .. } => Some(*pause),
            error => pauses.next().filter(|_| error.is_conflict()),
        };
        let Some(pause) = pause.filter(|pause| !scope.is_over(*pause)) else {
            return Err(error);
        };
        tracing::debug!(%error, ?pause, "run the transaction again");
        match error {
            Error::OnProbation { .. } => {
                // Whichever ends the pause, it is run again: that the operation has ended, it says itself.
                let _paused = scope.limit(tokio::time::timeout(pause, trial_ended)).await;
            }
            _ => scope.sleep(pause).await,
        }
    }
}

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
        error.is_transient_connect().then_some(READ_PAUSE)
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

/// Limits that an interruption does not cut short.
pub(super) fn uninterruptible() -> Scope {
    Scope::new(&CancellationToken::new(), COMMIT_LIMIT)
}

/// The pauses between attempts.
pub(super) fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(ATTEMPTS - 1)
        .with_jitter()
        .build()
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
