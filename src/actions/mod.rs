//! The actions, one file each: schema, configuration, what is done.

mod terminate_replication_connections;

pub use self::terminate_replication_connections::TerminateReplicationConnections;
