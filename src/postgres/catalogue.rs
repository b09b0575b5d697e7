//! Reads snapshots of the catalogue, each in one round trip.
//!
//! A refresh reads many users at once: all of them are answered from one snapshot, which lives ten
//! seconds and ends with our own writes. An apply reads for itself, inside its transaction.

use std::{sync::Arc, time::Duration};

use super::{
    Connector, Error,
    connector::Connection,
    snapshot::{SELECT, Snapshot},
};
use crate::scope::Scope;

/// How long a snapshot answers reads.
const LIFE: Duration = Duration::from_secs(10);
impl Connection<'_> {
    /// Runs statements, then reads a snapshot, in one round trip.
    pub(super) async fn run_and_read(
        &mut self,
        attempted: &str,
        statements: &str,
    ) -> Result<Snapshot, Error> {
        let results = self
            .run(attempted, &format!("{statements}{SELECT}"))
            .await?;
        Snapshot::from_rows(&results).ok_or_else(|| Error::Connection {
            endpoint: attempted.to_owned(),
            reason: "the catalogue's rows have an unexpected form".into(),
        })
    }
}

impl Connector {
    /// Roles and memberships as they were at most ten seconds ago. Concurrent readers share one
    /// snapshot.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        let mut kept = self.snapshot.lock().await;
        if let Some(snapshot) = kept.as_ref()
            && snapshot.taken.elapsed() < LIFE
        {
            return Ok(snapshot.clone());
        }
        let mut connection = self.connection(scope).await?;
        let snapshot = connection
            .run_and_read("read roles and memberships", "")
            .await?;
        let snapshot = Arc::new(snapshot);
        *kept = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// Forgets the snapshot: something was written.
    pub(super) async fn forget_snapshot(&self) {
        *self.snapshot.lock().await = None;
    }
}
