//! The list resources, queried by the CLI.

mod replication_user;
