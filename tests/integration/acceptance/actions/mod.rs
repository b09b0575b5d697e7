//! The actions, triggered and invoked by the CLI.

mod terminate_replication_connections;
