//! The limits of an operation, applied to what is done for it here.

use tokio::time::Instant;

use super::error::Cause;
use crate::scope::Scope;

/// Why the operation is over; `None` while it is not.
pub(super) fn ended(scope: &Scope) -> Option<Cause> {
    if scope.cancellation().is_cancelled() {
        Some(Cause::Cancelled)
    } else if scope.deadline() <= Instant::now() {
        Some(Cause::TimedOut(None))
    } else {
        None
    }
}

/// The outcome of a future, unless the operation ends first; then why.
pub(super) async fn limit<T>(scope: &Scope, future: impl Future<Output = T>) -> Result<T, Cause> {
    tokio::select! {
        biased;
        () = scope.cancellation().cancelled() => Err(Cause::Cancelled),
        outcome = future => Ok(outcome),
        () = tokio::time::sleep_until(scope.deadline()) => Err(Cause::TimedOut(None)),
    }
}
