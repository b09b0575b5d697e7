//! Of which publications this process has planned to change what they publish.
//!
//! What follows a publication, the right to read its tables, is planned anew in the same run. It only makes a value
//! unknown that is otherwise known, and never says what it is: where the publication is planned later, or by another
//! process, the next plan finds what is to be done. Terraform plans each change once more as it applies it, and takes an
//! update that has become none.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// The publications of one configured provider that are to publish something else, by their ids.
#[derive(Debug, Default)]
pub struct Republished {
    ids: Mutex<BTreeSet<String>>,
}

impl Republished {
    /// Notes a publication.
    pub fn note(&self, id: String) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(id);
    }

    /// Whether a publication was noted.
    pub fn has(&self, id: &str) -> bool {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.contains(id)
    }
}
