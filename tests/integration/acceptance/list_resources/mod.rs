//! The list resources, queried by the CLI.

mod publication;
mod replication_user;
