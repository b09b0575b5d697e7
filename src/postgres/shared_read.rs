//! A reading that many readers share, until something is written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::{Error, limited::limited};
use crate::{recent_failure::RecentFailure, scope::Scope};

/// How often the provider has written, wherever that was: two names may lead to one server, so that a
/// write through one of them ends what was read through the other.
#[derive(Debug, Default)]
pub struct WriteCounter(AtomicU64);

impl WriteCounter {
    /// Something was written, or changed otherwise that readers may have seen.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// How old what is read may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    /// For how long it counts.
    pub(super) max_age: Duration,
    /// Whether it ends with our own writes.
    pub(super) sees_writes: bool,
}

/// What was read last, for everybody who asks before it is too old.
#[derive(Debug)]
pub(super) struct SharedRead<T>(Mutex<LastRead<T>>);

#[derive(Debug)]
struct LastRead<T> {
    /// How much was written when the reading began: what came later may not be in it.
    writes: u64,
    outcome: Outcome<T>,
}

#[derive(Debug)]
enum Outcome<T> {
    /// Nothing was read, or whoever tried was interrupted.
    None,
    Read(Instant, Arc<T>),
    Failed(RecentFailure<Error>),
}

impl<T> Default for SharedRead<T> {
    fn default() -> Self {
        Self(Mutex::new(LastRead {
            writes: 0,
            outcome: Outcome::None,
        }))
    }
}

impl<T> SharedRead<T> {
    /// What was read a moment ago, if that is fresh enough; reads it otherwise. Readers at the same time wait for one
    /// reading, each within its own limits: when those of the one who reads end, the next one goes on. A failure is
    /// shared likewise, and those who look a while later share it too, unless something was written meanwhile.
    ///
    /// # Errors
    /// Those of the reading.
    pub(super) async fn get(
        &self,
        scope: &Scope,
        attempted: &str,
        freshness: Freshness,
        writes: &WriteCounter,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let asked = Instant::now();
        let mut last = limited(scope, attempted, self.0.lock()).await?;
        let written = writes.so_far();
        let is_up_to_date = last.writes == written;
        match &last.outcome {
            Outcome::Read(at, value)
                if at.elapsed() < freshness.max_age
                    && (is_up_to_date || !freshness.sees_writes) =>
            {
                return Ok(value.clone());
            }
            Outcome::Failed(failure) if is_up_to_date => {
                if let Some(error) = failure.of(scope, asked) {
                    return Err(error);
                }
            }
            _ => {}
        }
        let outcome = read.await.map(Arc::new);
        *last = LastRead {
            writes: written,
            outcome: match &outcome {
                Ok(value) => Outcome::Read(Instant::now(), value.clone()),
                Err(Error::Cancelled(_)) => Outcome::None,
                Err(error) => {
                    let limit = match error {
                        Error::TimedOut { limit, .. } => Some(*limit),
                        _ => None,
                    };
                    Outcome::Failed(RecentFailure::new(error.clone(), limit))
                }
            },
        };
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio_util::sync::CancellationToken;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// What may be as old as it likes, but for our own writes.
    const ANY_AGE: Freshness = Freshness {
        max_age: LONG,
        sees_writes: true,
    };

    fn scope() -> Scope {
        Scope::new(&CancellationToken::new(), Duration::from_secs(60))
    }

    fn down() -> Error {
        Error::Connection {
            endpoint: "h:5432".to_owned(),
            reason: "down".to_owned(),
        }
    }

    #[tokio::test]
    async fn shared_reading_serves_readers_until_it_is_old_or_something_is_written() {
        let read = SharedRead::default();
        let writes = WriteCounter::default();
        let readings = AtomicU32::new(0);
        let scope = scope();
        let get = |max_age| {
            let freshness = Freshness { max_age, ..ANY_AGE };
            read.get(&scope, "read", freshness, &writes, async {
                Ok(readings.fetch_add(1, Ordering::SeqCst))
            })
        };
        assert_eq!(*get(LONG).await.unwrap(), 0);
        assert_eq!(*get(LONG).await.unwrap(), 0);
        assert_eq!(*get(Duration::ZERO).await.unwrap(), 1);
        writes.count();
        assert_eq!(*get(LONG).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn shared_reading_that_a_write_overtakes_serves_nobody_after_the_write() {
        let read = SharedRead::default();
        let writes = WriteCounter::default();
        let scope = scope();
        let overtaken = read.get(&scope, "read", ANY_AGE, &writes, async {
            writes.count();
            Ok("before the write")
        });
        assert_eq!(*overtaken.await.unwrap(), "before the write");
        let next = read.get(&scope, "read", ANY_AGE, &writes, async { Ok("after it") });
        assert_eq!(*next.await.unwrap(), "after it");
        writes.count();
        let whatever = Freshness {
            sees_writes: false,
            ..ANY_AGE
        };
        let whatever = read.get(&scope, "read", whatever, &writes, async { Ok("anew") });
        assert_eq!(*whatever.await.unwrap(), "after it");
    }

    #[tokio::test]
    async fn shared_reading_that_fails_fails_those_who_waited_and_looks_and_no_change_that_comes_later()
     {
        let read: SharedRead<u32> = SharedRead::default();
        let attempts = AtomicU32::new(0);
        let (change, look) = (scope(), scope().of_look());
        let writes = WriteCounter::default();
        let get = |scope| {
            read.get(scope, "read", ANY_AGE, &writes, async {
                attempts.fetch_add(1, Ordering::SeqCst);
                // The others come and wait meanwhile.
                tokio::task::yield_now().await;
                Err(down())
            })
        };
        let outcomes = futures::future::join_all((0..10).map(|_| get(&change))).await;
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(attempts.load(Ordering::SeqCst), 1);
        assert!(get(&look).await.is_err());
        assert_eq!(attempts.load(Ordering::SeqCst), 1);
        assert!(get(&change).await.is_err());
        assert_eq!(attempts.load(Ordering::SeqCst), 2);
        writes.count();
        assert!(get(&look).await.is_err());
        assert_eq!(attempts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn shared_reading_goes_on_with_the_next_when_the_time_of_its_reader_is_up() {
        let read = SharedRead::default();
        let writes = WriteCounter::default();
        let get = async |milliseconds, number: Option<u32>| {
            let scope = Scope::new(
                &CancellationToken::new(),
                Duration::from_millis(milliseconds),
            );
            let reading = async {
                match number {
                    Some(number) => Ok(number),
                    None => limited(&scope, "read", std::future::pending()).await,
                }
            };
            let outcome = read.get(&scope, "read", ANY_AGE, &writes, reading).await;
            outcome
                .map(|value| *value)
                .map_err(|error| error.to_string())
        };
        let outcomes = tokio::join!(get(60, None), get(60_000, Some(7)), get(20, Some(8)));
        let timed_out = || Err("timed out after 0 seconds while trying to read".to_owned());
        assert_eq!(outcomes, (timed_out(), Ok(7), timed_out()));
    }
}
