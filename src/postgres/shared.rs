//! A reading that many readers share.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use super::{Error, connector::limited};
use crate::scope::Scope;

/// What was read last, for everybody who asks within its life.
#[derive(Debug)]
pub(super) struct Shared<T>(Mutex<Last<T>>);

#[derive(Debug)]
enum Last<T> {
    None,
    Read(Instant, Arc<T>),
    /// When it failed: whoever waited for it meanwhile need not try in turn.
    Failed(Instant, Error),
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(Last::None))
    }
}

impl<T> Shared<T> {
    /// What was read at most `life` ago; reads it otherwise. Readers at the same time wait for one
    /// reading, and share its failure too.
    ///
    /// # Errors
    /// Those of the reading.
    pub(super) async fn get(
        &self,
        scope: &Scope,
        attempted: &str,
        life: Duration,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let asked = Instant::now();
        let mut last = limited(scope, attempted, self.0.lock()).await?;
        match &*last {
            Last::Read(at, value) if at.elapsed() < life => return Ok(value.clone()),
            Last::Failed(at, error) if *at > asked => return Err(error.clone()),
            _ => {}
        }
        match read.await {
            Ok(value) => {
                let value = Arc::new(value);
                *last = Last::Read(Instant::now(), value.clone());
                Ok(value)
            }
            Err(error) => {
                *last = match &error {
                    // How long this reader could wait says nothing about the others.
                    Error::Cancelled(_) | Error::TimedOut { .. } => Last::None,
                    _ => Last::Failed(Instant::now(), error.clone()),
                };
                Err(error)
            }
        }
    }

    /// Forgets it.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = Last::None;
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
    async fn shared_reading_serves_readers_until_it_is_old_or_forgotten() {
        let shared = Shared::default();
        let readings = AtomicU32::new(0);
        let scope = scope();
        let get = |life| {
            shared.get(&scope, "read", life, async {
                Ok(readings.fetch_add(1, Ordering::SeqCst))
            })
        };
        assert_eq!(*get(LONG).await.unwrap(), 0);
        assert_eq!(*get(LONG).await.unwrap(), 0);
        assert_eq!(*get(Duration::ZERO).await.unwrap(), 1);
        shared.forget().await;
        assert_eq!(*get(LONG).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn shared_reading_that_fails_fails_those_who_waited_and_is_tried_by_the_next() {
        let shared: Shared<u32> = Shared::default();
        let attempts = AtomicU32::new(0);
        let scope = scope();
        let get = || {
            shared.get(&scope, "read", LONG, async {
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
