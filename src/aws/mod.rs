//! The AWS control plane, in AWS's words. Knows no Terraform type and no SQL.
//!
//! [`Clients`] are made from a [`Config`] without contacting anything: the Region, the credentials
//! and the check of them wait for the first call. Every call takes a [`Scope`], which ends it at
//! cancellation or when the time is up, and fails with an [`Error`] that names the IAM action, the
//! object, AWS's code and the request id.
//!
//! | to | call |
//! | --- | --- |
//! | find a cluster or instance, shared between the reads of a refresh | [`rds::lookup::find`] |
//! | find it as it is now, before changing something | [`rds::lookup::find_now`] |
//! | know what uses a group | [`rds::lookup::list_with_parameter_group`] |
//! | read a group, or one parameter of it | [`rds::parameter_group::find_group`], [`rds::parameter_group::find_parameter`] |
//! | change one parameter | [`rds::parameter_group::modify`], [`rds::parameter_group::reset`] |
//! | wait until a change is in effect | [`rds::wait::wait_in_sync`] |
//! | sign a token for a login | [`auth_token::sign`] |
//! | read the login in a secret | [`secrets_manager::get_username`], [`secrets_manager::get_password`] |
//! | know whose credentials these are | [`Clients::identity`] |
//! | know whether this machine's clock is off | [`Clients::clock_skew`] |

mod accounts;
mod assume_role;
pub mod auth_token;
mod call;
mod caller_identity;
mod clients;
mod clock;
mod config;
mod credential_process;
mod credentials;
pub mod db_user_arn;
mod error;
mod http;
mod proxy;
pub mod rds;
mod regions;
pub mod secrets_manager;
mod services;
mod shared_files;
pub mod sts;
#[cfg(test)]
pub(crate) mod testing;
mod unreached;

pub use crate::scope::Scope;
pub use accounts::{Accounts, WrongAccount};
pub use assume_role::{AssumeRole, AssumeRoleWithWebIdentity, Missing};
pub use caller_identity::CallerIdentity;
pub use clients::Clients;
pub use clock::ClockSkew;
pub use config::Config;
pub use error::{Cause, Error, assumed_role::AssumeRoleFailure, process_failure::ProcessFailure};
pub use proxy::Proxies;
pub(crate) use proxy::proxy_uri;
pub use regions::Regions;
pub use services::Endpoints;
