//! IAM authentication of PostgreSQL replication connections on Amazon RDS and Aurora, as a
//! Terraform and OpenTofu provider.
//!
//! Suggested reading order: [`postgres`] and [`aws`], the two rooms that talk to the outside.

pub mod aws;
pub mod postgres;
pub mod secret;
