//! Reads snapshots of the catalogue, each in one round trip.
//!
//! A refresh reads many users at once: all of them are answered from one snapshot, which lives ten
//! seconds and ends with our own writes. An apply reads for itself, inside its transaction, and only what
//! is around its role: a thousand applies would read a thousand times a thousand roles otherwise.

use std::{sync::Arc, time::Duration};

use super::{
    Connector, Error,
    connector::{Connection, Rows},
    snapshot::{Extent, Snapshot},
};
use crate::scope::Scope;

/// How long a reading answers reads.
pub(super) const LIFE: Duration = Duration::from_secs(10);
/// How long a plan looks at one.
pub(super) const LOOK_LIFE: Duration = Duration::from_secs(60);
const ATTEMPTED: &str = "read roles and memberships";

impl Connection<'_> {
    /// Runs statements, then reads a snapshot, in one round trip.
    pub(super) async fn run_and_read(
        &mut self,
        attempted: &str,
        statements: &str,
        extent: Extent<'_>,
    ) -> Result<Snapshot, Error> {
        let results = self
            .run(attempted, &format!("{statements}{}", extent.select()))
            .await?;
        snapshot(attempted, &results)
    }

    /// Reads a snapshot, in one round trip and a transaction of its own.
    pub(super) async fn read_snapshot(
        &mut self,
        attempted: &str,
        extent: Extent<'_>,
    ) -> Result<Snapshot, Error> {
        let results = self
            .read(attempted, &format!("{}; ", extent.select()))
            .await?;
        snapshot(attempted, &results)
    }
}

/// The snapshot in what the statements of an extent have given.
pub(super) fn snapshot(attempted: &str, results: &[Rows]) -> Result<Snapshot, Error> {
    Snapshot::from_rows(results).ok_or_else(|| Error::Connection {
        endpoint: attempted.to_owned(),
        reason: "the catalogue's rows have an unexpected form".into(),
    })
}

impl Connector {
    /// Roles and memberships as they were at most ten seconds ago. Concurrent readers share one
    /// snapshot.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        let read = async {
            let mut connection = self.connection(scope).await?;
            connection.read_snapshot(ATTEMPTED, Extent::All).await
        };
        self.snapshot
            .get(scope, ATTEMPTED, LIFE, Some(&self.writes), read)
            .await
    }

    /// Roles and memberships as they are now.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_now(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        self.forget_snapshot();
        self.snapshot(scope).await
    }

    /// Roles and memberships for a plan to look at: as they were at most a minute ago, perhaps without
    /// what was written since. Terraform plans each change a second time while it applies; those plans
    /// read nothing of their own.
    ///
    /// # Errors
    /// When the server cannot be reached or read.
    pub async fn snapshot_to_look_at(&self, scope: &Scope) -> Result<Arc<Snapshot>, Error> {
        let read = self.snapshot(scope);
        let looked_at = self
            .looked_at
            .get(scope, ATTEMPTED, LOOK_LIFE, None, read)
            .await?;
        Ok(Arc::clone(&looked_at))
    }

    /// Forgets the snapshot: something that it shows was changed. Those of other connectors that share
    /// these writes end with it.
    pub(super) fn forget_snapshot(&self) {
        self.writes.count();
    }
}
