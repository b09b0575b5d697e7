//! The managed resources, one folder each.

mod account;
mod in_database;
mod last_seen;
mod moved_from;
mod publication;
mod publication_grant;
mod replaced;
mod replication_parameter;
mod replication_slot;
mod replication_user;

pub use publication::Publication;
pub use publication_grant::PublicationGrant;
pub use replication_parameter::ReplicationParameter;
pub use replication_slot::ReplicationSlot;
pub use replication_user::ReplicationUser;
