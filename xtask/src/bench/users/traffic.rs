//! What came through the stand-in's gate.

use std::collections::BTreeMap;

use rds_emulator::client::control;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Context, Failure};

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

/// As the control endpoint tells it, since the start.
#[derive(Deserialize)]
struct Counted {
    connections: BTreeMap<String, u64>,
    unauthenticated: BTreeMap<String, u64>,
    statements: u64,
    round_trips: u64,
}

impl Traffic {
    /// What came through the gate of a cluster since its start.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub async fn read(control_endpoint: &str, cluster: &str) -> Result<Self, Failure> {
        let path = format!("/clusters/{cluster}/traffic");
        let answer = control(control_endpoint, "GET", &path, &Value::Null)
            .await
            .context("counting traffic")?;
        let counted: Counted = serde_json::from_value(answer).context("counting traffic")?;
        Ok(Self {
            connections: counted.connections.values().sum(),
            unauthenticated: counted.unauthenticated.values().sum(),
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
