//! Placeholder.

/// What the gate enforces, from the values that run.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSettings {
    pub available: bool,
    pub iam_database_authentication: bool,
    pub logical_replication: bool,
    pub iam_auth_for_replication: bool,
    pub creator_row_counts: bool,
}
