//! The operations under way: each runs as a task of its own, so that a connection that breaks
//! leaves none half-done, a panic fails only its own, and a request to stop reaches them all.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use futures::FutureExt;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{context::Context, diagnostic::Diagnostic};

/// The operations of a process.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    /// What the operations that start now will be stopped by.
    stop: Mutex<CancellationToken>,
    running: TaskTracker,
}

/// What an operation is for, for the log and for the practitioner.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The name of the RPC.
    pub(super) rpc: &'static str,
    /// The resource type, data source or function, if any.
    pub(super) type_name: String,
    /// The source address of the provider.
    pub(super) provider_address: &'static str,
}

impl Operations {
    /// Asks the operations that are running to stop; those that start later are not concerned.
    pub(crate) fn stop(&self) {
        let stopped = std::mem::take(&mut *self.current());
        stopped.cancel();
    }

    /// Completes once no operation is running.
    pub(crate) async fn finished(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// Runs an operation to its end, even if nobody waits for the result any more.
    ///
    /// `Err` says that it panicked.
    pub(super) async fn run<T, F>(
        &self,
        call: Call,
        operation: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Result<T, Diagnostic>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        // An operation that cancels its own token stops no other.
        let stop = self.current().child_token();
        let context = Context::new(uuid::Uuid::new_v4().to_string(), stop);
        let span = call.span(&context);
        let started = Instant::now();
        let task = async move {
            tracing::trace!("received request");
            // The closure's own part of the work may panic as well as its future.
            let result = AssertUnwindSafe(async { operation(context).await })
                .catch_unwind()
                .await;
            let tf_req_duration_ms =
                u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            match result {
                Ok(result) => {
                    tracing::debug!(tf_req_duration_ms, "served request");
                    Ok(result)
                }
                Err(panic) => {
                    let panic = text(panic.as_ref());
                    tracing::error!(tf_req_duration_ms, panic, "the operation panicked");
                    Err(bug(&call, panic))
                }
            }
        };
        match self.running.spawn(task.instrument(span)).await {
            Ok(result) => result,
            // Only the end of the process aborts tasks, and then nobody reads this.
            Err(error) => Err(Diagnostic::error("Operation Aborted", error.to_string())),
        }
    }

    fn current(&self) -> MutexGuard<'_, CancellationToken> {
        // A token is never left half-written.
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// What every record of the operation carries. At the highest level, so that no log is
    /// without it.
    fn span(&self, context: &Context) -> tracing::Span {
        let span = tracing::error_span!(
            "request",
            tf_req_id = context.request_id(),
            tf_rpc = self.rpc,
            tf_provider_addr = self.provider_address,
            tf_resource_type = tracing::field::Empty,
            tf_data_source_type = tracing::field::Empty,
            tf_ephemeral_resource_type = tracing::field::Empty,
            tf_function = tracing::field::Empty,
        );
        let kind = match self.rpc {
            "ValidateDataResourceConfig" | "ReadDataSource" => "tf_data_source_type",
            "ValidateEphemeralResourceConfig"
            | "OpenEphemeralResource"
            | "RenewEphemeralResource"
            | "CloseEphemeralResource" => "tf_ephemeral_resource_type",
            "CallFunction" => "tf_function",
            _ => "tf_resource_type",
        };
        if !self.type_name.is_empty() {
            span.record(kind, self.type_name.as_str());
        }
        span
    }
}

/// What the practitioner is told of a panic.
fn bug(call: &Call, panic: &str) -> Diagnostic {
    let object = if call.type_name.is_empty() {
        String::new()
    } else {
        format!(" for {}", call.type_name)
    };
    Diagnostic::error(
        "Bug in the Provider",
        format!(
            "The provider {} failed in {}{object} in a way that it should not: {panic}\n\n\
             What was under way may be done in part. Other operations go on. Please report this \
             to the developers of the provider, with the lines from \"panic:\" on that \
             TF_LOG=debug shows.",
            call.provider_address, call.rpc,
        ),
    )
}

/// The message of a panic.
fn text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "no message"
    }
}
