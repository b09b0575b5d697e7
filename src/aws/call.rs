//! One call to AWS: tried again while that may help, ended by cancellation or deadline.
//!
//! The SDK's own retries are off. Its standard mode holds a token bucket that ends retries early
//! when many resources are throttled at once, and it knows nothing of an operation's limits.

use std::{error::Error as StdError, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{FutureExt as _, TryFutureExt as _};
use tokio::time::Instant;

use super::{Clients, Scope, error::Error};
use crate::scope::{Ended, GaveUp};

/// Attempts in a row that may find nobody at the other end, some half a minute: a wrong URL does
/// not mend, and a user should not wait for it as long as for throttling.
const NETWORK_ATTEMPTS: u32 = 8;
/// How long that may take for who only looks: an attempt that gets no answer is as long by itself.
const NETWORK_PATIENCE: Duration = Duration::from_secs(30);
/// How long a change that is on its way may take to be answered after the operation has ended.
/// Whether it was accepted decides what Terraform is told.
const GRACE: Duration = Duration::from_secs(5);

/// The pauses before a call is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    /// The first one; up to twice as long with jitter, and each next one twice as long.
    pub(super) first: Duration,
    /// The longest one.
    pub(super) longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            // As in the AWS SDKs.
            longest: Duration::from_secs(20),
        }
    }
}

/// A call: what it does, to what, and how it behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    action: &'static str,
    object: &'a str,
    is_change: bool,
    busy: &'static [&'static str],
}

impl<'a> Call<'a> {
    /// A call that reads.
    pub(super) fn read(action: &'static str, object: &'a str) -> Self {
        Self {
            action,
            object,
            is_change: false,
            busy: &[],
        }
    }

    /// A call that changes something. Once sent it is not dropped.
    pub(super) fn change(action: &'static str, object: &'a str) -> Self {
        Self {
            is_change: true,
            ..Self::read(action, object)
        }
    }

    /// Tried again also after these codes of AWS, which say that the object is busy with another change.
    pub(super) fn while_busy(self, codes: &'static [&'static str]) -> Self {
        Self {
            busy: codes,
            ..self
        }
    }

    /// Makes the call, again and again while its failure is transient, up to the configured number
    /// of attempts and within the operation's limits.
    ///
    /// # Errors
    /// The last failure; or that the operation was cancelled or its time was up, with the last
    /// failure inside.
    pub(super) async fn run<'f, T, E, F>(
        self,
        clients: &Clients,
        scope: &Scope,
        mut send: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        'a: 'f,
        T: 'f,
        E: ProvideErrorMetadata + StdError + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'f,
    {
        let Self { action, object, .. } = self;
        clients.await_credentials(scope, action, object).await?;
        self.repeat(clients, scope, || {
            let number = clients.count_call();
            tracing::debug!(action, object, number, "call AWS");
            // Boxed: the SDK's futures are large and deep.
            send()
                .map_err(move |error| Error::from_sdk(action, object, &error))
                .boxed()
        })
        .await
    }

    /// Does what a call needs besides, such as assuming a role, as [`Call::run`] makes calls.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub(super) async fn repeat<T, F>(
        self,
        clients: &Clients,
        scope: &Scope,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Self { action, object, .. } = self;
        let attempts = clients.max_attempts();
        let Pauses { first, longest } = clients.pauses();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(first)
            .with_max_delay(longest)
            .with_max_times(usize::try_from(attempts - 1).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        let (mut unreached, mut answered_at) = (0, Instant::now());
        let mut is_corrected = false;
        let mut failed_before: Option<Error> = None;
        // Boxed, as what sends is: callers are deep themselves.
        let outcome = Box::pin(scope.retry(
            |error: &Error| {
                if error.is_network() {
                    unreached += 1;
                } else {
                    (unreached, answered_at) = (0, Instant::now());
                }
                let is_given_up = unreached >= NETWORK_ATTEMPTS
                    || (scope.is_look() && answered_at.elapsed() >= NETWORK_PATIENCE);
                let is_busy = error.has_code(self.busy);
                // Once: the SDK has AWS's time from the answer.
                let is_off = error.is_clock_skew() && !std::mem::replace(&mut is_corrected, true);
                let may_help = error.is_transient() || is_busy || is_off;
                let pause = pauses
                    .next()
                    .filter(|_| may_help && !is_given_up)?
                    .min(longest);
                tracing::debug!(action, object, %error, ?pause, "try again");
                failed_before = Some(error.clone());
                Some(pause)
            },
            || {
                let begun = scope.ended().map_or_else(|| Ok(attempt()), Err);
                async move {
                    let outcome = match begun {
                        Ok(attempt) => self.limited(scope, attempt).await,
                        Err(ended) => Err(ended),
                    };
                    outcome.unwrap_or_else(|ended| Err(Error::new(action, object, ended.into())))
                }
            },
        ))
        .await;
        outcome.map_err(|GaveUp { last, ended }| {
            let last = last.tried(unreached, answered_at.elapsed());
            match ended {
                Some(ended) => Error::new(action, object, ended.into()).after(Some(last)),
                None => last.after(failed_before),
            }
        })
    }

    /// The outcome of one attempt, unless the operation ends first.
    async fn limited<T>(self, scope: &Scope, attempt: impl Future<Output = T>) -> Result<T, Ended> {
        if !self.is_change {
            return scope.limit(attempt).await;
        }
        tokio::pin!(attempt);
        match scope.limit(&mut attempt).await {
            Ok(outcome) => Ok(outcome),
            Err(ended) => tokio::time::timeout(GRACE, attempt)
                .await
                .map_err(|_| ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::aws::{
        Cause, Config, Endpoints,
        rds::{
            db_cluster,
            parameter_group::{self, ApplyType, GroupName},
        },
        testing::{
            Reply, Request, Server, cluster, clusters, hasty, ok, refusal, scope, throttling,
        },
    };

    const MODIFY: &str = "ModifyDBClusterParameterGroup";

    /// A server that answers the first calls in one way and then gives the cluster `orders`.
    async fn server_that_recovers(
        after: usize,
        fault: impl Fn() -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::start(move |request| {
            if request.earlier < after {
                fault()
            } else {
                clusters(&cluster("orders", &[]), None)
            }
        })
        .await
    }

    async fn modify(clients: &Clients, scope: &Scope) -> Result<(), Error> {
        let group = GroupName::cluster("g");
        parameter_group::modify(clients, scope, &group, "p", true, ApplyType::Dynamic).await
    }

    #[tokio::test]
    async fn call_throttled_is_tried_again_up_to_the_last_attempt() {
        let server = server_that_recovers(24, throttling).await;
        let found = db_cluster::find_now(&server.clients(), &scope(), "orders").await;
        assert_eq!(found.unwrap().unwrap().identifier, "orders");
        assert_eq!(server.count("DescribeDBClusters"), 25);
    }

    #[tokio::test]
    async fn call_throttled_too_often_gives_code_and_request_id() {
        let server = server_that_recovers(25, throttling).await;
        let error = db_cluster::find_now(&server.clients(), &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_throttling());
        assert_eq!(error.request_id(), Some("request-25"));
        assert_eq!(
            error.to_string(),
            "rds:DescribeDBClusters on orders: Throttling: Rate exceeded (request id request-25)"
        );
        assert_eq!(server.count("DescribeDBClusters"), 25);
    }

    #[tokio::test]
    async fn call_with_one_attempt_is_not_tried_again() {
        let server = server_that_recovers(1, throttling).await;
        let config = Config {
            max_retries: Some(0),
            ..server.config()
        };
        let found = db_cluster::find_now(&hasty(config), &scope(), "orders").await;
        assert!(found.unwrap_err().is_throttling());
    }

    #[tokio::test]
    async fn call_is_tried_again_after_failures_of_the_service_and_of_the_network() {
        let faults: [fn() -> Reply; 6] = [
            || refusal(500, "InternalFailure", "oops"),
            || Reply::Answer(503, "<html>busy</html>".to_owned()),
            || Reply::Answer(502, String::new()),
            || Reply::Reset,
            || Reply::Half(200, "<DescribeDBClustersResponse>".repeat(100)),
            || Reply::Half(400, "<ErrorResponse><Error>".repeat(100)),
        ];
        for fault in faults {
            let server = server_that_recovers(2, fault).await;
            let found = db_cluster::find_now(&server.clients(), &scope(), "orders").await;
            assert!(found.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn call_refused_for_good_is_not_tried_again() {
        let server = server_that_recovers(1, || refusal(400, "InvalidParameterValue", "no")).await;
        let error = db_cluster::find_now(&server.clients(), &scope(), "orders")
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some("InvalidParameterValue"));
        assert_eq!(server.count("DescribeDBClusters"), 1);
    }

    #[tokio::test]
    async fn call_with_nobody_at_the_other_end_ends_after_eight_attempts() {
        let closed = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let unreached = format!("AWS could not be reached: {url}: ");
        let server = server_that_recovers(0, throttling).await;
        let clients = hasty(Config {
            endpoints: Endpoints {
                rds: Some(url),
                ..Endpoints::default()
            },
            ..server.config()
        });
        let error = db_cluster::find_now(&clients, &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_network(), "{error}");
        let text = error.to_string();
        assert!(text.contains(&unreached), "{text}");
        assert!(
            text.ends_with(" (tried 8 times within 1 seconds)"),
            "{text}"
        );
        assert_eq!(clients.calls(), 8);
    }

    #[tokio::test]
    async fn call_without_an_answer_ends_with_the_time() {
        let server = Server::start(|_| Reply::Silence).await;
        let scope = Scope::new(&CancellationToken::new(), Duration::from_millis(50));
        let error = db_cluster::find_now(&server.clients(), &scope, "orders")
            .await
            .unwrap_err();
        assert_eq!(*error.cause(), Cause::TimedOut(None));
    }

    #[tokio::test]
    async fn call_out_of_time_gives_the_last_failure() {
        let server = Server::start(|_| throttling()).await;
        let clients = Clients::new(server.config()).with_pauses(Pauses {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(60),
        });
        let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(3));
        let error = db_cluster::find_now(&clients, &scope, "orders")
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "rds:DescribeDBClusters on orders: timed out; the last failure was: Throttling: Rate exceeded \
             (request id request-1)"
        );
    }

    #[tokio::test]
    async fn call_cancelled_ends_at_once_and_none_is_made_afterwards() {
        let token = CancellationToken::new();
        let server = Server::start({
            let token = token.clone();
            move |_| {
                token.cancel();
                Reply::Silence
            }
        })
        .await;
        let clients = server.clients();
        let scope = Scope::new(&token, Duration::from_secs(60));
        for _ in 0..2 {
            let error = db_cluster::find_now(&clients, &scope, "orders")
                .await
                .unwrap_err();
            assert_eq!(*error.cause(), Cause::Cancelled);
        }
        assert_eq!(server.count("DescribeDBClusters"), 1);
    }

    #[tokio::test]
    async fn change_cancelled_on_its_way_is_answered_before_the_end() {
        let token = CancellationToken::new();
        let server = Server::start({
            let token = token.clone();
            move |request| {
                token.cancel();
                let late = if request.earlier == 0 {
                    ok(MODIFY, "")
                } else {
                    Reply::Silence
                };
                Reply::Late(Duration::from_millis(100), Box::new(late))
            }
        })
        .await;
        let scope = Scope::new(&token, Duration::from_secs(60));
        modify(&server.clients(), &scope).await.unwrap();
    }

    #[tokio::test]
    async fn change_is_tried_again_while_the_group_is_busy() {
        let server = Server::start(|request| match request.earlier {
            0..3 => refusal(
                400,
                "InvalidDBParameterGroupState",
                "it has pending changes",
            ),
            _ => ok(MODIFY, ""),
        })
        .await;
        modify(&server.clients(), &scope()).await.unwrap();
        assert_eq!(server.count(MODIFY), 4);
    }

    /// A refusal by a clock that is so many seconds ahead of this machine's.
    fn not_current(ahead: i64) -> Reply {
        refusal(
            403,
            "SignatureDoesNotMatch",
            "Signature expired: .. (.. - 5 min.)",
        )
        .dated(ahead)
    }

    #[tokio::test]
    async fn call_by_a_clock_that_is_off_is_signed_again_by_that_of_aws() {
        let server = server_that_recovers(1, || not_current(1200)).await;
        let clients = server.clients();
        let found = db_cluster::find_now(&clients, &scope(), "orders").await;
        assert!(found.unwrap().is_some());
        let day = |request: &Request| request.date.clone();
        let dates: Vec<String> = server.requests().iter().map(day).collect();
        assert!(dates[0] < dates[1], "{dates:?}");
    }

    #[tokio::test]
    async fn call_by_a_clock_that_is_off_says_by_how_much_when_that_does_not_help() {
        for (ahead, off) in [(1200, "20 minutes behind"), (-3600, "60 minutes ahead of")] {
            let server = Server::start(move |_| not_current(ahead)).await;
            let clients = server.clients();
            let error = db_cluster::find_now(&clients, &scope(), "orders")
                .await
                .unwrap_err();
            let text = error.to_string();
            assert!(text.contains("SignatureDoesNotMatch"), "{text}");
            assert!(
                text.contains(&format!("clock is {off} that of AWS")),
                "{text}"
            );
            assert!(error.is_clock_skew() && !error.is_credentials());
            assert_eq!(server.count("DescribeDBClusters"), 2);
            let skew = clients.clock_skew().unwrap();
            assert!(skew.to_string().starts_with(off), "{skew}");
        }
    }

    #[tokio::test]
    async fn call_by_a_wrong_key_and_a_clock_that_is_off_blames_the_key() {
        let server = Server::start(|_| {
            refusal(403, "SignatureDoesNotMatch", "the signature we calculated").dated(1200)
        })
        .await;
        let error = db_cluster::find_now(&server.clients(), &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_credentials() && !error.is_clock_skew(), "{error}");
        assert_eq!(server.count("DescribeDBClusters"), 1);
    }

    #[tokio::test]
    async fn call_denied_names_the_permission() {
        let server = Server::start(|_| {
            refusal(
                403,
                "AccessDenied",
                "User: arn is not authorized to perform: rds:DescribeDBClusters",
            )
        })
        .await;
        let error = db_cluster::find_now(&server.clients(), &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_access_denied() && !error.is_credentials());
        assert_eq!(error.action(), "rds:DescribeDBClusters");
        assert_eq!(server.count("DescribeDBClusters"), 1);
    }

    #[tokio::test]
    async fn call_with_expired_credentials_blames_them() {
        let server =
            Server::start(|_| refusal(403, "ExpiredToken", "The security token has expired")).await;
        let error = db_cluster::find_now(&server.clients(), &scope(), "orders")
            .await
            .unwrap_err();
        assert!(error.is_credentials() && error.is_expired() && !error.is_access_denied());
        assert_eq!(server.count("DescribeDBClusters"), 1);
    }
}
