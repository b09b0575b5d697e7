//! How long an operation may go on, and whether the practitioner still wants it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Cause;

/// The limits of one operation.
#[derive(Clone, Debug)]
pub struct Scope {
    cancellation: CancellationToken,
    deadline: Instant,
}

impl Scope {
    /// An operation that may take this long from now, and ends when it is cancelled.
    pub fn new(cancellation: &CancellationToken, timeout: Duration) -> Self {
        Self {
            cancellation: cancellation.clone(),
            // A timeout beyond what a clock can say is as good as a year.
            deadline: Instant::now()
                .checked_add(timeout)
                .unwrap_or_else(|| Instant::now() + Duration::from_secs(365 * 24 * 3600)),
        }
    }

    /// Cancelled when the practitioner interrupts.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// When the operation's time is up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Why the operation is over; `None` while it is not.
    pub(super) fn ended(&self) -> Option<Cause> {
        if self.cancellation.is_cancelled() {
            Some(Cause::Cancelled)
        } else if self.remaining().is_zero() {
            Some(Cause::TimedOut(None))
        } else {
            None
        }
    }

    /// The outcome of a future, unless the operation ends first; then why.
    pub(super) async fn limit<T>(&self, future: impl Future<Output = T>) -> Result<T, Cause> {
        tokio::select! {
            biased;
            () = self.cancellation.cancelled() => Err(Cause::Cancelled),
            outcome = future => Ok(outcome),
            () = tokio::time::sleep_until(self.deadline) => Err(Cause::TimedOut(None)),
        }
    }
}
