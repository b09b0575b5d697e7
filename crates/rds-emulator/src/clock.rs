//! The clock that AWS goes by, which need not be that of the machine.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// The time of the API and of the gates; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Seconds that it is ahead of the machine's; negative when it is behind.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Puts it so many seconds ahead of the machine's, behind for a negative number.
    pub fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::Relaxed);
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::Relaxed));
        // What overflows is no time that anybody sets.
        Timestamp::now()
            .checked_add(ahead)
            .unwrap_or(Timestamp::MAX)
    }
}
