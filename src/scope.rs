//! How long an operation may go on, and whether the practitioner still wants it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The limits of one operation.
#[derive(Clone, Debug)]
pub struct Scope {
    cancellation: CancellationToken,
    timeout: Duration,
    deadline: Instant,
}

impl Scope {
    /// An operation that may take this long from now, and ends when it is cancelled.
    pub fn new(cancellation: &CancellationToken, timeout: Duration) -> Self {
        Self {
            cancellation: cancellation.clone(),
            timeout,
            deadline: Instant::now() + timeout,
        }
    }

    /// Cancelled when the practitioner interrupts.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// How long the operation could take from its start.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When the operation's time is up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the operation will have ended when a pause from now is over.
    pub fn is_over(&self, pause: Duration) -> bool {
        self.cancellation.is_cancelled() || Instant::now() + pause >= self.deadline
    }

    /// Pauses, shorter when the operation ends first: whatever comes next then says so.
    pub async fn sleep(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.cancellation.cancelled() => {}
            () = tokio::time::sleep_until(self.deadline) => {}
        }
    }
}
