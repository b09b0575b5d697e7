//! The data sources, one folder each.

mod replication_slots;
mod replication_status;
mod replication_users;

pub use replication_slots::ReplicationSlots;
pub use replication_status::ReplicationStatus;
pub use replication_users::ReplicationUsers;
