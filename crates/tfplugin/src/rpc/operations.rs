//! The operations under way: each runs as a task of its own, so that a connection that breaks
//! leaves none half-done, a panic fails only its own, and a request to stop reaches them all.

use std::{
    any::Any,
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use futures::{FutureExt, StreamExt, stream};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::codegen::BoxStream;
use tracing::Instrument;

use crate::{context::Context, diagnostic::Diagnostic};

/// The operations of one client, among those of the process.
#[derive(Debug)]
pub(crate) struct Operations {
    stop: Mutex<Stop>,
    /// Stops those of all clients.
    end: CancellationToken,
    /// Those of all clients.
    running: TaskTracker,
}

/// What the operations of a run are stopped by.
#[derive(Debug)]
struct Stop {
    all: CancellationToken,
    /// Those that change nothing: stopped with all, or before.
    looks: CancellationToken,
}

impl Stop {
    /// One that comes at the end of the process at the latest.
    fn before(end: &CancellationToken) -> Self {
        let all = end.child_token();
        let looks = all.child_token();
        Self { all, looks }
    }
}

/// What an operation is for, for the log and for the practitioner.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The name of the RPC.
    pub(super) rpc: &'static str,
    /// The resource type, data source, function or action, if any.
    pub(super) type_name: String,
    /// The source address of the provider.
    pub(super) provider_address: &'static str,
}

impl Default for Operations {
    /// Those of the first client.
    fn default() -> Self {
        let end = CancellationToken::new();
        Self {
            stop: Mutex::new(Stop::before(&end)),
            end,
            running: TaskTracker::new(),
        }
    }
}

impl Operations {
    /// Those of another client of this process, which stops its own alone.
    pub(crate) fn of_another_client(&self) -> Self {
        Self {
            stop: Mutex::new(Stop::before(&self.end)),
            end: self.end.clone(),
            running: self.running.clone(),
        }
    }

    /// Asks those of all clients to stop: the process is to end.
    pub(crate) fn end(&self) {
        self.end.cancel();
    }

    /// Asks the operations that are running to stop, and those that start later, up to the next
    /// [`Operations::begin_run`]: Terraform asks once, and what it has begun by then may call on.
    pub(super) fn stop(&self) {
        self.current().all.cancel();
    }

    /// Asks those of them to stop that change nothing. An interrupt from the keyboard reaches Terraform and the
    /// provider; Terraform tells the provider to stop while it applies, and nothing while an apply plans, for which
    /// nobody waits any more.
    pub(crate) fn stop_looks(&self) {
        self.current().looks.cancel();
    }

    /// A run begins: what was asked to stop was another one.
    pub(super) fn begin_run(&self) {
        let mut current = self.current();
        if current.looks.is_cancelled() {
            *current = Stop::before(&self.end);
        }
    }

    /// Completes once no operation of any client is running.
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
        joined(self.start(call, operation).await)
    }

    /// Runs an operation that tells what it comes across, while a client listens: `event` is one
    /// thing that it tells, `end` the last event, after the operation has ended.
    ///
    /// The operation is never more than a step ahead of the client. A client that goes away
    /// cancels it, as a request to stop does.
    pub(super) fn stream<T, R, E, F>(
        &self,
        call: Call,
        operation: impl FnOnce(Context, mpsc::Sender<T>) -> F + Send + 'static,
        event: impl FnMut(T) -> E + Send + 'static,
        end: impl FnOnce(Result<R, Diagnostic>) -> Option<E> + Send + 'static,
    ) -> BoxStream<E>
    where
        T: Send + 'static,
        R: Send + 'static,
        E: Send + 'static,
        F: Future<Output = R> + Send,
    {
        let (sender, receiver) = mpsc::channel(1);
        let listener = sender.clone();
        let running = self.start(call, async move |context: Context| {
            let stop = context.cancellation().clone();
            let gone = async move {
                listener.closed().await;
                tracing::debug!("the client is gone");
                stop.cancel();
                // The listener must not keep the stream open once the operation has ended.
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                result = operation(context, sender) => result,
                never = gone => match never {},
            }
        });
        let last = stream::once(async move { end(joined(running.await)) });
        ReceiverStream::new(receiver)
            .map(event)
            .chain(last.filter_map(std::future::ready))
            .map(Ok)
            .boxed()
    }

    /// Starts an operation as a task of its own.
    fn start<T, F>(
        &self,
        call: Call,
        operation: impl FnOnce(Context) -> F + Send + 'static,
    ) -> JoinHandle<Result<T, Diagnostic>>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        // An operation that cancels its own token stops no other.
        let mut stop = match call.is_look() {
            true => self.current().looks.child_token(),
            false => self.current().all.child_token(),
        };
        if stop.is_cancelled() && call.cleans_up() {
            stop = CancellationToken::new();
        }
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
        self.running.spawn(task.instrument(span))
    }

    fn current(&self) -> MutexGuard<'_, Stop> {
        // A pair of tokens is never left half-written.
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Whether it changes nothing, neither in the world nor in this process.
    fn is_look(&self) -> bool {
        !matches!(
            self.rpc,
            "ConfigureProvider"
                | "ApplyResourceChange"
                | "InvokeAction"
                | "OpenEphemeralResource"
                | "RenewEphemeralResource"
                | "CloseEphemeralResource"
        )
    }

    /// Whether it ends what a run has begun, which is wanted of one that was stopped, too.
    fn cleans_up(&self) -> bool {
        self.rpc == "CloseEphemeralResource"
    }

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
            tf_list_resource_type = tracing::field::Empty,
            tf_action_type = tracing::field::Empty,
        );
        let kind = match self.rpc {
            "ValidateDataResourceConfig" | "ReadDataSource" => "tf_data_source_type",
            "ValidateEphemeralResourceConfig"
            | "OpenEphemeralResource"
            | "RenewEphemeralResource"
            | "CloseEphemeralResource" => "tf_ephemeral_resource_type",
            "CallFunction" => "tf_function",
            "ValidateListResourceConfig" | "ListResource" => "tf_list_resource_type",
            "ValidateActionConfig" | "PlanAction" | "InvokeAction" => "tf_action_type",
            _ => "tf_resource_type",
        };
        if !self.type_name.is_empty() {
            span.record(kind, self.type_name.as_str());
        }
        span
    }
}

/// What came of an operation.
fn joined<T>(
    ended: Result<Result<T, Diagnostic>, tokio::task::JoinError>,
) -> Result<T, Diagnostic> {
    match ended {
        Ok(result) => result,
        // Only the end of the process aborts tasks, and then nobody reads this.
        Err(error) => Err(Diagnostic::error("Operation Aborted", error.to_string())),
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
