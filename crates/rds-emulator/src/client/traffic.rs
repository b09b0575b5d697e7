//! What came through a gate.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{ControlError, control};

/// What came through the gate of a cluster since its start.
#[derive(Clone, Debug, Deserialize)]
pub struct Traffic {
    /// Connections that logged in, by user.
    pub connections: BTreeMap<String, u64>,
    /// Connections that did not, by user: refused ones, and those of a probe.
    pub unauthenticated: BTreeMap<String, u64>,
    /// Simple queries and executions; several SQL statements may be in one.
    pub statements: u64,
    /// How often a client spoke after the server did.
    pub round_trips: u64,
    /// What the server has answered, in bytes.
    pub answered_bytes: u64,
}

impl Traffic {
    /// Asks the control endpoint.
    ///
    /// # Errors
    /// When it does not answer, or knows no such cluster.
    pub async fn of(endpoint: &str, cluster: &str) -> Result<Self, ControlError> {
        let path = format!("/clusters/{cluster}/traffic");
        let counted = control(endpoint, "GET", &path, &Value::Null).await?;
        Ok(serde_json::from_value(counted)?)
    }

    /// All connections that logged in.
    pub fn all_connections(&self) -> u64 {
        self.connections.values().sum()
    }

    /// All connections that did not.
    pub fn all_unauthenticated(&self) -> u64 {
        self.unauthenticated.values().sum()
    }
}
