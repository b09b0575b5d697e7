//! The secret of Secrets Manager that RDS keeps for a master user.

use crate::secret::Secret;

/// The secret that RDS keeps for the master user.
#[derive(Clone, Debug)]
pub struct MasterSecret {
    /// `SecretArn`.
    pub arn: String,
    /// `Name`: `rds!cluster-` or `rds!db-` and a UUID.
    pub name: String,
    /// `VersionId`.
    pub version_id: String,
    /// The password in it.
    pub password: Secret,
}
