//! How long an operation may go on, and whether the practitioner still wants it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Why an operation is over before its work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The practitioner interrupts.
    #[error("interrupted")]
    Cancelled,
    /// Its time is up: what it could take from its start.
    #[error("timed out after {} seconds", .0.as_secs())]
    TimedOut(Duration),
}

/// Attempts of which the last one failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp<E> {
    /// Its failure.
    pub last: E,
    /// Why there was no other one; `None` when none would have helped.
    pub ended: Option<Ended>,
}

/// The limits of one operation.
#[derive(Clone, Debug)]
pub struct Scope {
    cancellation: CancellationToken,
    timeout: Duration,
    deadline: Instant,
    is_look: bool,
}

impl Scope {
    /// An operation that may take this long from now, and ends when it is cancelled.
    pub fn new(cancellation: &CancellationToken, timeout: Duration) -> Self {
        Self {
            cancellation: cancellation.clone(),
            timeout,
            deadline: Instant::now() + timeout,
            is_look: false,
        }
    }

    /// The same of an operation that changes nothing: what could not be reached for another one a moment ago, it does
    /// not try again.
    #[must_use]
    pub fn of_look(self) -> Self {
        Self {
            is_look: true,
            ..self
        }
    }

    /// Whether the operation changes nothing.
    pub fn is_look(&self) -> bool {
        self.is_look
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

    /// Why the operation is over; `None` while it is not.
    pub fn ended(&self) -> Option<Ended> {
        if self.cancellation.is_cancelled() {
            Some(Ended::Cancelled)
        } else if self.deadline <= Instant::now() {
            Some(Ended::TimedOut(self.timeout))
        } else {
            None
        }
    }

    /// The outcome of a future, which is dropped when the operation ends first.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn limit<T>(&self, future: impl Future<Output = T>) -> Result<T, Ended> {
        self.unless_cancelled(tokio::time::timeout_at(self.deadline, future))
            .await?
            .map_err(|_| Ended::TimedOut(self.timeout))
    }

    /// The outcome of a future that has a limit of its own, and is dropped when the practitioner interrupts.
    ///
    /// # Errors
    /// That the operation is cancelled.
    pub async fn unless_cancelled<T>(&self, future: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.cancellation.cancelled() => Err(Ended::Cancelled),
            outcome = future => Ok(outcome),
        }
    }

    /// Pauses, shorter when the operation ends first: whatever comes next then says so.
    pub async fn sleep(&self, pause: Duration) {
        // That it has ended is for whoever comes next.
        let _ended = self.limit(tokio::time::sleep(pause)).await;
    }

    /// Attempts something until it succeeds. After each failure `next` says how long to wait before the next
    /// attempt, or `None` when that would not help. An attempt limits itself.
    ///
    /// # Errors
    /// The last failure, and why there was no other attempt.
    // Not `AsyncFnMut`: nothing says yet that the future of such a closure is `Send`.
    pub async fn retry<T, E, F>(
        &self,
        mut next: impl FnMut(&E) -> Option<Duration>,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, GaveUp<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        loop {
            let last = match attempt().await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            let ended = match next(&last) {
                None => None,
                Some(pause) => match self.limit(tokio::time::sleep(pause)).await {
                    Ok(()) => continue,
                    Err(ended) => Some(ended),
                },
            };
            return Err(GaveUp { last, ended });
        }
    }
}

/// How often something was tried, where that was more than once.
pub(crate) fn tried(attempts: u32, within: Duration) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(
            " (tried {attempts} times within {} seconds)",
            within.as_secs().max(1)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);

    fn scope(timeout: Duration) -> Scope {
        Scope::new(&CancellationToken::new(), timeout)
    }

    fn cancelled() -> Scope {
        let token = CancellationToken::new();
        token.cancel();
        Scope::new(&token, LONG)
    }

    #[tokio::test]
    async fn limit_gives_the_outcome_or_why_the_operation_ended_first() {
        assert_eq!(scope(LONG).limit(async { 7 }).await, Ok(7));
        let never = std::future::pending::<()>;
        assert_eq!(scope(SOON).limit(never()).await, Err(Ended::TimedOut(SOON)));
        assert_eq!(cancelled().limit(never()).await, Err(Ended::Cancelled));
    }

    #[tokio::test]
    async fn limit_begins_nothing_once_cancelled_and_takes_what_is_ready_at_the_deadline() {
        assert_eq!(cancelled().limit(async { 7 }).await, Err(Ended::Cancelled));
        assert_eq!(scope(Duration::ZERO).limit(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn unless_cancelled_knows_no_deadline_and_begins_nothing_once_cancelled() {
        let pause = || tokio::time::sleep(SOON);
        assert_eq!(
            scope(Duration::ZERO).unless_cancelled(pause()).await,
            Ok(())
        );
        assert_eq!(
            cancelled().unless_cancelled(async { 7 }).await,
            Err(Ended::Cancelled)
        );
    }

    #[test]
    fn ended_says_why_and_nothing_before() {
        assert_eq!(cancelled().ended(), Some(Ended::Cancelled));
        assert_eq!(
            scope(Duration::ZERO).ended(),
            Some(Ended::TimedOut(Duration::ZERO))
        );
        assert_eq!(scope(LONG).ended(), None);
    }

    #[tokio::test]
    async fn retry_goes_on_while_that_helps_and_gives_the_last_failure() {
        for (pauses, expected) in [
            (3, Ok(3)),
            (
                2,
                Err(GaveUp {
                    last: 2,
                    ended: None,
                }),
            ),
        ] {
            let mut attempts = 0;
            let outcome = scope(LONG)
                .retry(
                    |failures| (*failures < pauses).then_some(Duration::ZERO),
                    || {
                        let number = attempts;
                        attempts += 1;
                        std::future::ready(if number == 3 { Ok(number) } else { Err(number) })
                    },
                )
                .await;
            assert_eq!(outcome, expected);
        }
    }

    #[tokio::test]
    async fn retry_whose_operation_ends_in_a_pause_says_why() {
        for (scope, ended) in [
            (scope(SOON), Ended::TimedOut(SOON)),
            (cancelled(), Ended::Cancelled),
        ] {
            let outcome: Result<(), _> =
                scope.retry(|_| Some(LONG), async || Err("throttled")).await;
            assert_eq!(
                outcome,
                Err(GaveUp {
                    last: "throttled",
                    ended: Some(ended),
                })
            );
        }
    }
}
