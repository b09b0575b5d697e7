//! IAM authentication of PostgreSQL replication connections on Amazon RDS and Aurora, as a
//! Terraform and OpenTofu provider.
//!
//! Suggested reading order: [`provider`] lists what there is; [`resources`] and
//! [`data_sources`] hold the attributes;
//! [`operation`], [`connection`], [`prerequisites`] and [`diagnostics`] are what they share; [`postgres`] and [`aws`] talk to the
//! outside and know nothing of Terraform.

pub mod actions;
pub mod aws;
mod causes;
pub mod claims;
pub mod connection;
pub mod data_sources;
pub mod diagnostics;
pub mod ephemeral_resources;
pub mod functions;
pub mod host;
mod name_regex;
pub mod operation;
pub mod postgres;
mod postgres_name;
pub mod prerequisites;
pub mod provider;
pub mod rds_name;
mod recent_failure;
pub mod region;
pub mod resources;
pub mod scope;
pub mod secret;
