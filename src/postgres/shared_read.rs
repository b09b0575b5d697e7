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
use crate::scope::Scope;

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

/// What was read last, for everybody who asks before it is too old.
#[derive(Debug)]
pub(super) struct SharedRead<T>(Mutex<LastRead<T>>);

#[derive(Debug)]
enum LastRead<T> {
    None,
    Read {
        at: Instant,
        /// How much was written when the reading began: what came later may not be in it. `None` when
        /// its reader did not mind.
        writes: Option<u64>,
        value: Arc<T>,
    },
    /// When it failed: whoever waited for it meanwhile need not try in turn.
    Failed(Instant, Error),
}

impl<T> Default for SharedRead<T> {
    fn default() -> Self {
        Self(Mutex::new(LastRead::None))
    }
}

impl<T> SharedRead<T> {
    /// What was read at most `max_age` ago, and since the last of the writes where a reader minds those;
    /// reads it otherwise. Readers at the same time wait for one reading, and share its failure too.
    ///
    /// # Errors
    /// Those of the reading.
    pub(super) async fn get(
        &self,
        scope: &Scope,
        attempted: &str,
        max_age: Duration,
        writes: Option<&WriteCounter>,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let asked = Instant::now();
        let mut last = limited(scope, attempted, self.0.lock()).await?;
        let written = writes.map(WriteCounter::so_far);
        match &*last {
            LastRead::Read { at, writes, value }
                if at.elapsed() < max_age && (written.is_none() || *writes == written) =>
            {
                return Ok(value.clone());
            }
            LastRead::Failed(at, error) if *at > asked => return Err(error.clone()),
            _ => {}
        }
        match read.await {
            Ok(value) => {
                let value = Arc::new(value);
                *last = LastRead::Read {
                    at: Instant::now(),
                    writes: written,
                    value: value.clone(),
                };
                Ok(value)
            }
            Err(error) => {
                *last = match &error {
                    // How long this reader could wait says nothing about the others.
                    Error::Cancelled(_) | Error::TimedOut { .. } => LastRead::None,
                    _ => LastRead::Failed(Instant::now(), error.clone()),
                };
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio_util::sync::CancellationToken;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

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
            read.get(&scope, "read", max_age, Some(&writes), async {
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
        let overtaken = read.get(&scope, "read", LONG, Some(&writes), async {
            writes.count();
            Ok("before the write")
        });
        assert_eq!(*overtaken.await.unwrap(), "before the write");
        let next = read.get(&scope, "read", LONG, Some(&writes), async {
            Ok("after it")
        });
        assert_eq!(*next.await.unwrap(), "after it");
        writes.count();
        let whatever = read.get(&scope, "read", LONG, None, async { Ok("anew") });
        assert_eq!(*whatever.await.unwrap(), "after it");
    }

    #[tokio::test]
    async fn shared_reading_that_fails_fails_those_who_waited_and_is_tried_by_the_next() {
        let read: SharedRead<u32> = SharedRead::default();
        let attempts = AtomicU32::new(0);
        let scope = scope();
        let writes = WriteCounter::default();
        let get = || {
            read.get(&scope, "read", LONG, Some(&writes), async {
                attempts.fetch_add(1, Ordering::SeqCst);
                // The others come and wait meanwhile.
                tokio::task::yield_now().await;
                Err(down())
            })
        };
        let outcomes = futures::future::join_all((0..10).map(|_| get())).await;
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(attempts.load(Ordering::SeqCst), 1);
        assert!(get().await.is_err());
        assert_eq!(attempts.load(Ordering::SeqCst), 2);
    }
}
