//! The data sources, one file each.

mod replication_status;

pub use replication_status::ReplicationStatus;
