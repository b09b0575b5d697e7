//! The ephemeral resources, opened by the CLI.

mod auth_token;
