//! Running a transaction again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

use super::{Error, Server};
use crate::scope::Scope;

/// How often a transaction is run when others change the same rows meanwhile, or its connection is lost: it may be
/// the transaction that the server does not survive.
const ATTEMPTS: usize = 10;
/// The first pause between two of them.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long it may take until the name of a cluster leads to its new writer. One that leads to a reader for longer is
/// that of a reader.
const WRITER: Duration = Duration::from_secs(60);

/// How long a commit, and what has to follow it, may take.
const COMMIT_LIMIT: Duration = Duration::from_secs(60);

/// Runs a transaction again that has not committed, within the operation's limits: while others change the same rows,
/// or are about to take back what is there, when its connection was lost, and while this process stands in its own
/// way. A pause ends with the trial that it waits for.
pub(super) async fn until_done<T, F>(
    server: &Server,
    scope: &Scope,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let changes = server.changes();
    let mut pauses = pauses();
    let mut writer_pauses = writer_pauses();
    // Whether a session was lost that the server may not have missed yet: it has its locks for some seconds more.
    let mut has_lost = false;
    loop {
        let trial_ended = server.proven().next_trial();
        let done = changes.done();
        let error = match attempt().await {
            Ok(value) => {
                changes.count();
                return Ok(value);
            }
            Err(error) => error,
        };
        let pause = match &error {
            Error::OnProbation { pause, .. } => Some(*pause),
            // As long as the operation may take: each try lets others through.
            Error::WritersAtWork { .. } => Some(LONGEST_PAUSE),
            error if error.is_conflict() || error.passes_by_itself() => {
                has_lost |= error.passes_by_itself();
                pauses.next()
            }
            error if error.is_lock_timeout() && has_lost => pauses.next(),
            // Many grants at once queue for one lock, that on `rds_iam`: as long as it moves on, nobody else holds it.
            error if error.is_lock_timeout() => (changes.done() > done).then_some(FIRST_PAUSE),
            error if error.is_read_only() => writer_pauses
                .next()
                .filter(|_| changes.read_only_for() < WRITER),
            _ => None,
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

/// The pauses before a server is looked for that takes changes.
fn writer_pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests;
