//! The roles that RDS gives a meaning of its own.

/// The role whose members must use IAM.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html>
pub const RDS_IAM: &str = "rds_iam";
/// The role whose members may replicate.
pub const RDS_REPLICATION: &str = "rds_replication";
/// The role of administrators.
pub const RDS_SUPERUSER: &str = "rds_superuser";
/// The role whose members use Kerberos; it excludes `rds_iam`.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/postgresql-kerberos-setting-up.html>
pub const RDS_AD: &str = "rds_ad";
