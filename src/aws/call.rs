//! One call to AWS: tried again while that may help, ended by cancellation or deadline.
//!
//! The SDK's own retries are off. Its standard mode holds a token bucket that ends retries early
//! when many resources are throttled at once, and it knows nothing of an operation's limits.

use std::{error::Error as StdError, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use backon::{BackoffBuilder, ExponentialBuilder};

use super::{
    Clients, Scope,
    error::{Cause, Error},
    limits,
};

/// The first pause before a call is tried again; up to twice as long with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause, as in the AWS SDKs.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Attempts in a row that may find nobody at the other end, some half a minute: a wrong URL does
/// not mend, and a user should not wait for it as long as for throttling.
const NETWORK_ATTEMPTS: u32 = 8;
/// How long a change that is on its way may take to be answered after the operation has ended.
/// Whether it was accepted decides what Terraform is told.
const GRACE: Duration = Duration::from_secs(5);

/// A call: what it does, to what, and how it behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    action: &'static str,
    object: &'a str,
    is_change: bool,
}

impl<'a> Call<'a> {
    /// A call that reads.
    pub(super) fn read(action: &'static str, object: &'a str) -> Self {
        Self {
            action,
            object,
            is_change: false,
        }
    }

    /// A call that changes something. Once sent it is not dropped, and it is tried again while its
    /// object is busy with another change.
    pub(super) fn change(action: &'static str, object: &'a str) -> Self {
        Self {
            is_change: true,
            ..Self::read(action, object)
        }
    }

    /// Makes the call, again and again while its failure is transient, up to the configured number
    /// of attempts and within the operation's limits.
    ///
    /// # Errors
    /// The last failure; or that the operation was cancelled or its time was up, with the last
    /// failure inside.
    pub(super) async fn run<T, E, F>(
        self,
        clients: &Clients,
        scope: &Scope,
        mut send: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        E: ProvideErrorMetadata + StdError + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let Self { action, object, .. } = self;
        let attempts = clients.max_attempts();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(usize::try_from(attempts - 1).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        let mut last: Option<Error> = None;
        let mut unreached = 0;
        for attempt in 1.. {
            if let Some(ended) = limits::ended(scope) {
                return Err(self.ended(ended, last));
            }
            let number = clients.count_call();
            tracing::debug!(action, object, attempt, number, "call AWS");
            // Boxed: the SDK's futures are large and deep.
            let outcome = match self.limited(scope, Box::pin(send())).await {
                Ok(outcome) => outcome,
                Err(ended) => return Err(self.ended(ended, last)),
            };
            let error = match outcome {
                Ok(output) => return Ok(output),
                Err(error) => Error::from_sdk(action, object, &error),
            };
            unreached = if error.is_network() { unreached + 1 } else { 0 };
            let may_help = error.is_transient() || (self.is_change && is_busy(&error));
            let Some(pause) = pauses
                .next()
                .filter(|_| may_help && unreached < NETWORK_ATTEMPTS)
            else {
                return Err(error);
            };
            let pause = pause.min(LONGEST_PAUSE);
            tracing::debug!(action, object, attempt, %error, ?pause, "try again");
            last = Some(error);
            if let Err(ended) = limits::limit(scope, tokio::time::sleep(pause)).await {
                return Err(self.ended(ended, last));
            }
        }
        unreachable!("attempts are counted without an end")
    }

    /// The outcome of one attempt, unless the operation ends first.
    async fn limited<T>(self, scope: &Scope, attempt: impl Future<Output = T>) -> Result<T, Cause> {
        if !self.is_change {
            return limits::limit(scope, attempt).await;
        }
        tokio::pin!(attempt);
        match limits::limit(scope, &mut attempt).await {
            Ok(outcome) => Ok(outcome),
            Err(ended) => tokio::time::timeout(GRACE, attempt)
                .await
                .map_err(|_| ended),
        }
    }

    fn ended(self, cause: Cause, last: Option<Error>) -> Error {
        let cause = match cause {
            Cause::TimedOut(_) => Cause::TimedOut(last.map(Box::new)),
            other => other,
        };
        Error::new(self.action, self.object, cause)
    }
}

/// Whether the object takes no change now, since another one is under way.
fn is_busy(error: &Error) -> bool {
    matches!(
        error.code(),
        Some("InvalidDBParameterGroupState" | "InvalidDBParameterGroupStateFault")
    )
}
