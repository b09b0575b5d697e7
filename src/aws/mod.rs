//! The AWS control plane, in AWS's words. Knows no Terraform type and no SQL.
//!
//! [`Clients`] are made without contacting anything. Every call takes a [`Scope`], which ends it,
//! and fails with an [`Error`] that names the IAM action, the object, AWS's code and request id.

pub mod auth_token;
mod call;
mod config;
mod error;
pub mod rds;
mod scope;
pub mod secrets_manager;
pub mod sts;

pub use config::{Clients, Config, Endpoints};
pub use error::{Cause, Error};
pub use scope::Scope;
