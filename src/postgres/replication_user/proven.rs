//! What this process has found out about a server, for the users that come next.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::postgres::membership::RowKind;

/// What this process has found out about a server.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Proven {
    /// Whether the server forces a login to IAM by these memberships.
    forces: Mutex<BTreeMap<Rows, bool>>,
    /// Since when the server has demanded a token of a login whenever it was asked.
    tokens_since: Mutex<BTreeMap<String, Instant>>,
}

/// A login, and the memberships that lead to it.
type Rows = (String, BTreeSet<RowKind>);

impl Proven {
    /// Whether the server forces a login to IAM by these memberships; `None` when that was not tried.
    pub(super) fn forces(&self, login: &str, rows: &BTreeSet<RowKind>) -> Option<bool> {
        let key = (login.to_owned(), rows.clone());
        lock(&self.forces).get(&key).copied()
    }

    /// The server was seen to force a login by these memberships, or not to.
    pub(super) fn remember(&self, login: &str, rows: &BTreeSet<RowKind>, forces: bool) {
        lock(&self.forces).insert((login.to_owned(), rows.clone()), forces);
    }

    /// The server demands a token of a login now: for how long it is known to.
    pub(super) fn demands_token(&self, login: &str) -> Duration {
        match lock(&self.tokens_since).entry(login.to_owned()) {
            Entry::Occupied(since) => since.get().elapsed(),
            Entry::Vacant(never) => {
                never.insert(Instant::now());
                Duration::ZERO
            }
        }
    }

    /// The server demands something else of a login now.
    pub(super) fn demands_no_token(&self, login: &str) {
        lock(&self.tokens_since).remove(login);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
