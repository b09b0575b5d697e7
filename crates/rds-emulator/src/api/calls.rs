//! Counts API calls by action.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// API calls by action; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Calls {
    /// Counts one call, also one that is refused.
    pub fn count(&self, action: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(action.to_owned()).or_default() += 1;
    }

    /// The counts since the start or the last [`Calls::clear`].
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Starts counting anew.
    pub fn clear(&self) {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
