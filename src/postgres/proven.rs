//! What this process has found out about a server, for the users that come next.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, futures::Notified},
    time::Instant,
};

use super::membership::RowKind;

/// How long after a trial an error may still come from it.
const A_MOMENT: Duration = Duration::from_secs(5);

/// What this process has found out about a server.
#[derive(Debug, Default)]
pub(super) struct Proven {
    /// Whether the server forces a login to IAM by these memberships.
    forced: Mutex<BTreeMap<Rows, bool>>,
    /// Since when the server has demanded a token of a login whenever it was asked.
    tokens_since: Mutex<BTreeMap<String, Instant>>,
    /// Whether a grant was on probation, and nothing was proven.
    is_unprovable: AtomicBool,
    /// Whether the session of a grant on probation was lost.
    has_lost: AtomicBool,
    /// What is being tried.
    trying: Mutex<BTreeSet<Rows>>,
    tried: Notify,
    /// When a trial ended last, by the login that was at risk.
    tried_at: Mutex<BTreeMap<String, Instant>>,
}

/// What is being tried by whoever holds it, and by nobody else meanwhile.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    proven: &'a Proven,
    rows: Rows,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        lock(&self.proven.tried_at).insert(self.rows.0.clone(), Instant::now());
        lock(&self.proven.trying).remove(&self.rows);
        self.proven.tried.notify_waiters();
    }
}

impl Trial<'_> {
    /// The server was seen to force the login by these memberships, or not to.
    pub(super) fn record(&self, is_forced: bool) {
        lock(&self.proven.forced).insert(self.rows.clone(), is_forced);
    }
}

/// A login, and the memberships that lead to it.
type Rows = (String, BTreeSet<RowKind>);

impl Proven {
    /// Whether the server forces a login to IAM by these memberships; `None` when that was not tried.
    pub(super) fn is_forced(&self, login: &str, rows: &BTreeSet<RowKind>) -> Option<bool> {
        let key = (login.to_owned(), rows.clone());
        lock(&self.forced).get(&key).copied()
    }

    /// Begins to try whether the server does; `None` while somebody else does.
    pub(super) fn try_out(&self, login: &str, rows: &BTreeSet<RowKind>) -> Option<Trial<'_>> {
        let rows = (login.to_owned(), rows.clone());
        lock(&self.trying)
            .insert(rows.clone())
            .then(|| Trial { proven: self, rows })
    }

    /// A grant was on probation, and nothing was proven: one more would lock out for as long once more whoever the
    /// first one did.
    pub(super) fn mark_unprovable(&self) {
        self.is_unprovable.store(true, Ordering::Relaxed);
    }

    /// Whether that has happened.
    pub(super) fn is_unprovable(&self) -> bool {
        self.is_unprovable.load(Ordering::Relaxed)
    }

    /// The session of a grant on probation was lost, which proves nothing: whether that is the first time. One more
    /// may be tried then, since a server that restarts takes each session with it once.
    pub(super) fn is_first_loss(&self) -> bool {
        !self.has_lost.swap(true, Ordering::Relaxed)
    }

    /// Whether this process puts a login at risk now, or did a moment ago.
    pub(super) fn puts_at_risk(&self, login: &str) -> bool {
        let ended = lock(&self.tried_at).get(login).copied();
        ended.is_some_and(|ended| ended.elapsed() < A_MOMENT)
            || lock(&self.trying).iter().any(|(tried, _)| tried == login)
    }

    /// Completes when the next trial has ended.
    pub(super) fn next_trial(&self) -> Notified<'_> {
        self.tried.notified()
    }

    /// The server demands a token of a login now: for how long it is known to.
    pub(super) fn requests_token(&self, login: &str) -> Duration {
        match lock(&self.tokens_since).entry(login.to_owned()) {
            Entry::Occupied(since) => since.get().elapsed(),
            Entry::Vacant(never) => {
                never.insert(Instant::now());
                Duration::ZERO
            }
        }
    }

    /// The server demands something else of a login now.
    pub(super) fn requests_no_token(&self, login: &str) {
        lock(&self.tokens_since).remove(login);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_is_at_risk_while_it_is_tried_and_a_moment_longer() {
        let proven = Proven::default();
        assert!(!proven.puts_at_risk("master"));
        let trial = proven.try_out("master", &BTreeSet::new());
        assert!(proven.puts_at_risk("master"));
        assert!(!proven.puts_at_risk("other"));
        drop(trial);
        assert!(proven.puts_at_risk("master"));
        assert!(!proven.puts_at_risk("other"));
    }
}
