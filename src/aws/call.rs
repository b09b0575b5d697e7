//! One call to AWS: tried again while that may help, ended by cancellation or deadline.

use std::{error::Error as StdError, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use backon::{BackoffBuilder, ExponentialBuilder};

use super::{
    Clients, Scope,
    error::{Cause, Error},
};

/// The first pause before a call is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause, as in the AWS SDKs.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Makes a call, again and again while its failure is transient, up to the configured number of
/// attempts and within the operation's limits.
///
/// # Errors
/// The last failure; or that the operation was cancelled or its time was up, with the last
/// failure inside.
pub(super) async fn call<T, E, F>(
    clients: &Clients,
    scope: &Scope,
    action: &'static str,
    object: &str,
    mut send: impl FnMut() -> F,
) -> Result<T, Error>
where
    E: ProvideErrorMetadata + StdError + 'static,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(clients.max_attempts().saturating_sub(1) as usize)
        .with_jitter()
        .build();
    let mut last = None;
    loop {
        tracing::debug!(action, object, "call AWS");
        let outcome = limited(scope, action, object, &mut last, send()).await?;
        let error = match outcome {
            Ok(output) => return Ok(output),
            Err(error) => Error::from_sdk(action, object, &error),
        };
        let Some(pause) = pauses.next().filter(|_| error.is_transient()) else {
            return Err(error);
        };
        tracing::debug!(action, object, %error, ?pause, "try again");
        last = Some(Box::new(error));
        limited(scope, action, object, &mut last, tokio::time::sleep(pause)).await?;
    }
}

/// The outcome of a future, unless the operation ends first.
async fn limited<T>(
    scope: &Scope,
    action: &'static str,
    object: &str,
    last: &mut Option<Box<Error>>,
    future: impl Future<Output = T>,
) -> Result<T, Error> {
    tokio::select! {
        outcome = future => Ok(outcome),
        () = scope.cancellation().cancelled() => Err(Error::new(action, object, Cause::Cancelled)),
        () = tokio::time::sleep_until(scope.deadline()) => {
            Err(Error::new(action, object, Cause::TimedOut(last.take())))
        }
    }
}
