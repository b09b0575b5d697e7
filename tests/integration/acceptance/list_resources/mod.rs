//! The list resources, queried by the CLI.

mod publication;
mod replication_slot;
mod replication_user;
