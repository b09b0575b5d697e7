//! That AWS could not be reached, which is found out once for all who look.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::{Error, Scope, error::Cause};
use crate::recent_failure::RecentFailure;

/// Whether AWS could not be reached a moment ago, and how.
#[derive(Debug, Default)]
pub(super) struct Unreached(Mutex<Option<RecentFailure<Error>>>);

impl Unreached {
    /// Calls AWS about an object, unless a failure of somebody else counts for this operation, which has waited since
    /// it asked.
    ///
    /// # Errors
    /// Those of the call, or that failure.
    pub(super) async fn unless<T>(
        &self,
        scope: &Scope,
        asked: Instant,
        object: &str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let known = self.last().as_ref().and_then(|last| last.of(scope, asked));
        if let Some(error) = known {
            return Err(error.about(object));
        }
        let outcome = call.await;
        match &outcome {
            Ok(_) => self.forget(),
            Err(error) => {
                let limit = match error.cause() {
                    Cause::TimedOut(_) => Some(scope.timeout()),
                    Cause::Network { .. } | Cause::Credentials(_) => None,
                    // AWS has answered, or the practitioner interrupts.
                    _ => return outcome,
                };
                *self.last() = Some(RecentFailure::new(error.clone(), limit));
            }
        }
        outcome
    }

    /// AWS has answered.
    pub(super) fn forget(&self) {
        *self.last() = None;
    }

    fn last(&self) -> MutexGuard<'_, Option<RecentFailure<Error>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
