//! A server that cannot be reached: one of those who wait tries for all of them.
//!
//! A server that comes back is not met by everybody at once, and what is down costs those who come later no wait of
//! their own.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync, time::Instant};

use crate::postgres::Error;

/// After how long without an attempt nothing is known any more.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// How long a failure answers for another attempt.
const FRESH: Duration = Duration::from_secs(5);

/// Whether the server can be reached, as far as it was tried.
#[derive(Debug, Default)]
pub(super) struct Outage {
    down: Mutex<Option<Down>>,
    turn: sync::Mutex<()>,
}

/// How it could not be reached.
#[derive(Clone, Debug)]
pub(super) struct Down {
    /// When the first attempt began that failed, without one that succeeded since.
    since: Instant,
    /// The same of those that failed as the last one did.
    alike_since: Instant,
    /// When the last one failed.
    at: Instant,
    attempts: u32,
    error: Error,
}

impl Outage {
    /// How the server cannot be reached at the moment; `None` when nothing is known of that.
    pub(super) fn now(&self) -> Option<Down> {
        let down = self.lock();
        down.clone().filter(|down| down.at.elapsed() < FORGOTTEN)
    }

    /// Waits until nobody else tries.
    pub(super) async fn turn(&self) -> sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// An attempt failed.
    pub(super) fn failed(&self, began: Instant, error: Error) -> Down {
        let mut last = self.lock();
        let known = last.take().filter(|down| began < down.at + FORGOTTEN);
        let down = Down {
            since: known.as_ref().map_or(began, |down| down.since),
            alike_since: known
                .as_ref()
                .filter(|down| are_alike(&down.error, &error))
                .map_or(began, |down| down.alike_since),
            at: Instant::now(),
            attempts: known.map_or(0, |down| down.attempts) + 1,
            error,
        };
        *last = Some(down.clone());
        down
    }

    /// The server has answered.
    pub(super) fn over(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Down>> {
        self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Down {
    /// How the last attempt failed.
    pub(super) fn error(&self) -> &Error {
        &self.error
    }

    /// When that was.
    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// How much longer it is worth to try, where all of it may take so long, and what is alike so long.
    pub(super) fn left(&self, all: Duration, alike: Duration) -> Duration {
        let until = (self.since + all).min(self.alike_since + alike.min(all));
        until.saturating_duration_since(Instant::now())
    }

    /// Whether the last attempt was a moment ago.
    pub(super) fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }

    /// That nobody tries any more.
    pub(super) fn gave_up(self) -> Error {
        Error::NotConnected {
            attempts: self.attempts,
            within: self.at - self.since,
            last: Box::new(self.error),
        }
    }
}

/// Whether two failures are of one kind.
fn are_alike(one: &Error, other: &Error) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
        && one.sqlstate() == other.sqlstate()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::ServerError;

    const LONG: Duration = Duration::from_secs(60);

    fn refused() -> Error {
        Error::Connection {
            endpoint: "orders:5432".to_owned(),
            reason: "refused".to_owned(),
        }
    }

    fn starting() -> Error {
        Error::Server {
            attempted: "log in".to_owned(),
            said: Box::new(ServerError {
                sqlstate: "57P03".to_owned(),
                message: "starting up".to_owned(),
                detail: None,
                hint: None,
                is_fatal: false,
            }),
        }
    }

    #[test]
    fn outage_is_known_from_a_failure_until_the_server_answers() {
        let outage = Outage::default();
        assert!(outage.now().is_none());
        outage.failed(Instant::now(), refused());
        assert!(outage.now().is_some());
        outage.over();
        assert!(outage.now().is_none());
    }

    #[test]
    fn outage_is_one_whatever_its_failures_and_counts_them_all() {
        let outage = Outage::default();
        let began = Instant::now() - Duration::from_secs(20);
        outage.failed(began, refused());
        let down = outage.failed(Instant::now(), starting());
        // What all of it may take is used up by a third; what is alike begins anew.
        let (all, alike) = (
            down.left(LONG, LONG),
            down.left(LONG, Duration::from_secs(50)),
        );
        assert!(all <= Duration::from_secs(40), "{all:?}");
        assert!(alike <= Duration::from_secs(40), "{alike:?}");
        let alike = down.left(LONG, Duration::from_secs(5));
        assert!(alike > Duration::from_secs(4), "{alike:?}");
        match down.gave_up() {
            Error::NotConnected {
                attempts, within, ..
            } => assert_eq!((attempts, within.as_secs()), (2, 20)),
            other => panic!("{other:?}"),
        }
    }
}
