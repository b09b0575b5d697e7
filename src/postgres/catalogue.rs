//! Reads snapshots of the catalogue, each in one round trip.
//!
//! A refresh reads many users at once: all of them are answered from one snapshot, which lives ten
//! seconds and ends with our own writes. An apply reads for itself, inside its transaction.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Connector, Error,
    connector::{Connection, limited},
    snapshot::{SELECT, Snapshot},
};
use crate::scope::Scope;

/// How long a snapshot answers reads.
const LIFE: Duration = Duration::from_secs(10);
/// What came of the last reading of the catalogue.
#[derive(Debug, Default)]
pub(super) enum LastReading {
    #[default]
    None,
    Read(Arc<Snapshot>),
    /// When it failed: whoever waited for it meanwhile need not try in turn.
    Failed(Instant, Error),
}

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
        const ATTEMPTED: &str = "read roles and memberships";
        let asked = Instant::now();
        let mut last = limited(scope, ATTEMPTED, self.snapshot.lock()).await?;
        match &*last {
            LastReading::Read(snapshot) if snapshot.taken.elapsed() < LIFE => {
                return Ok(snapshot.clone());
            }
            // It failed while this reader waited for it.
            LastReading::Failed(at, error) if *at > asked => return Err(error.clone()),
            _ => {}
        }
        let read = async {
            let mut connection = self.connection(scope).await?;
            connection.run_and_read(ATTEMPTED, "").await
        };
        match read.await {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                *last = LastReading::Read(snapshot.clone());
                Ok(snapshot)
            }
            Err(error) => {
                *last = match &error {
                    // How long this reader could wait says nothing about the others.
                    Error::Cancelled(_) | Error::TimedOut { .. } => LastReading::None,
                    _ => LastReading::Failed(Instant::now(), error.clone()),
                };
                Err(error)
            }
        }
    }

    /// Forgets the snapshot: something was written.
    pub(super) async fn forget_snapshot(&self) {
        *self.snapshot.lock().await = LastReading::None;
    }
}
