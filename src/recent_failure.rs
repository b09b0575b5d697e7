//! A failure that counts for others than the one whom it met: what is down is tried once for all of them.

use std::time::Duration;

use tokio::time::Instant;

use crate::scope::Scope;

/// How long a failure is remembered for those who only look. Terraform has ten operations in hand at once: a
/// thousand users come to a server that does not answer in a hundred waves.
const MAX_AGE: Duration = Duration::from_secs(30);

/// A failure, and for whom it counts.
#[derive(Debug)]
pub struct RecentFailure<E> {
    at: Instant,
    error: E,
    /// How long was tried, where the failure is that this was not enough.
    limit: Option<Duration>,
}

impl<E: Clone> RecentFailure<E> {
    /// A failure of this moment. One that is about the limits of who tried comes with how long that was.
    pub fn new(error: E, limit: Option<Duration>) -> Self {
        Self {
            at: Instant::now(),
            error,
            limit,
        }
    }

    /// The failure, if it counts for an operation that has waited since a moment: whoever waited while it was tried
    /// need not try in turn, and a look does not try again for a while. How long somebody could wait says nothing
    /// about those who can wait longer.
    pub fn of(&self, scope: &Scope, asked: Instant) -> Option<E> {
        let is_shared = self.at > asked || (scope.is_look() && self.at.elapsed() < MAX_AGE);
        let is_enough = self.limit.is_none_or(|limit| scope.timeout() <= limit);
        (is_shared && is_enough).then(|| self.error.clone())
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    const SHORT: Duration = Duration::from_secs(5);
    const LONG: Duration = Duration::from_secs(60);

    fn scope(timeout: Duration) -> Scope {
        Scope::new(&CancellationToken::new(), timeout)
    }

    /// A failure of so long ago.
    fn failure(age: Duration, limit: Option<Duration>) -> RecentFailure<&'static str> {
        RecentFailure {
            at: Instant::now() - age,
            ..RecentFailure::new("down", limit)
        }
    }

    #[test]
    fn recent_failure_counts_for_who_waited_and_for_looks_of_the_next_half_minute() {
        let (change, look) = (scope(LONG), scope(LONG).of_look());
        let (now, before) = (Instant::now(), Instant::now() - 2 * MAX_AGE);
        for (age, asked, of_change, of_look) in [
            (SHORT, before, true, true),
            (SHORT, now, false, true),
            (MAX_AGE, before, true, true),
            (MAX_AGE, now, false, false),
        ] {
            let failure = failure(age, None);
            assert_eq!(failure.of(&change, asked).is_some(), of_change, "{age:?}");
            assert_eq!(failure.of(&look, asked).is_some(), of_look, "{age:?}");
        }
    }

    #[test]
    fn recent_failure_of_who_could_not_wait_counts_for_nobody_who_can_wait_longer() {
        let before = Instant::now() - LONG;
        let failure = failure(SHORT, Some(SHORT));
        assert_eq!(failure.of(&scope(SHORT), before), Some("down"));
        assert_eq!(failure.of(&scope(LONG), before), None);
        assert_eq!(failure.of(&scope(LONG).of_look(), before), None);
    }
}
