//! The settings and parameters of a publisher that are in effect, which its gate enforces.

/// The values of one publisher that run, as far as its gate enforces them.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningSettings {
    /// Whether connections are taken at all.
    pub available: bool,
    /// `IAMDatabaseAuthenticationEnabled`.
    pub iam_database_authentication: bool,
    /// `rds.logical_replication`.
    pub logical_replication: bool,
    /// `rds.iam_auth_for_replication`.
    pub iam_auth_for_replication: bool,
    /// `rds.force_ssl`.
    pub force_ssl: bool,
    /// `rds.restrict_password_commands`.
    pub restrict_password_commands: bool,
    /// Whether the implicit membership of a role's creator counts.
    pub creator_row_counts: bool,
    /// Whether a member of `rds_superuser` may publish all tables of a schema.
    pub publishes_schemas: bool,
}
