//! What came through the stand-in's gate between two moments.

use rds_emulator::client;
use xtask::failure::{Context, Failure};

/// Counts between two moments.
#[derive(Clone, Copy, Default)]
pub struct Traffic {
    /// Connections that logged in.
    pub connections: u64,
    /// Connections that did not: those of the probe.
    pub unauthenticated: u64,
    /// Simple queries and executions; several SQL statements may be in one.
    pub statements: u64,
    /// How often a client spoke after the server did.
    pub round_trips: u64,
}

impl Traffic {
    /// What came through the gate of a cluster since its start.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub async fn read(control_endpoint: &str, cluster: &str) -> Result<Self, Failure> {
        let counted = client::Traffic::of(control_endpoint, cluster)
            .await
            .context("counting traffic")?;
        Ok(Self {
            connections: counted.all_connections(),
            unauthenticated: counted.all_unauthenticated(),
            statements: counted.statements,
            round_trips: counted.round_trips,
        })
    }

    /// What has come since an earlier moment.
    pub fn since(self, before: Self) -> Self {
        Self {
            connections: self.connections - before.connections,
            unauthenticated: self.unauthenticated - before.unauthenticated,
            statements: self.statements - before.statements,
            round_trips: self.round_trips - before.round_trips,
        }
    }
}
