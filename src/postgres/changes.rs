//! How the changes of this process fare on a server, for those that come next.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// After how long without a look nothing is known any more of a server that took no changes.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// How the changes fare.
#[derive(Debug, Default)]
pub(super) struct Changes {
    done: AtomicU64,
    read_only: Mutex<Option<ReadOnly>>,
}

#[derive(Clone, Copy, Debug)]
struct ReadOnly {
    since: Instant,
    seen: Instant,
}

impl Changes {
    /// How many were done.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// One was done.
    pub(super) fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        *self.read_only() = None;
    }

    /// The server took none: for how long it has not.
    pub(super) fn read_only_for(&self) -> Duration {
        let seen = Instant::now();
        let mut last = self.read_only();
        let since = last
            .filter(|last| last.seen.elapsed() < FORGOTTEN)
            .map_or(seen, |last| last.since);
        *last = Some(ReadOnly { since, seen });
        seen - since
    }

    fn read_only(&self) -> std::sync::MutexGuard<'_, Option<ReadOnly>> {
        self.read_only
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
