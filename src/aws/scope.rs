//! How long an operation may go on, and whether the practitioner still wants it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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
            deadline: Instant::now() + timeout,
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
}
