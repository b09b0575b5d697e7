//! Ids that RDS gives to clusters and instances: their names may pass on to others, these do not.

use uuid::Uuid;

/// A new `DbClusterResourceId`.
pub fn of_cluster() -> String {
    new("cluster")
}

/// A new `DbiResourceId`.
pub fn of_instance() -> String {
    new("db")
}

fn new(prefix: &str) -> String {
    let random = Uuid::new_v4().simple().to_string().to_uppercase();
    format!("{prefix}-{}", &random[..26])
}
