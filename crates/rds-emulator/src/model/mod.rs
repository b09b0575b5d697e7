//! The state of the pretended AWS account: what the API shows and what the gate enforces.
//!
//! [`account::Account`] is the state and its rules, without clock and without servers;
//! [`shared::SharedAccount`] is what the API, the control endpoint and the gates hold of it.

pub mod access_keys;
pub mod account;
pub mod catalog;
pub mod error;
pub mod iam;
pub mod kind;
pub mod master_secret;
pub mod member;
pub mod parameter_group;
pub mod publisher;
pub mod resource_id;
pub mod running_settings;
pub mod secrets;
pub mod shared;
pub mod tag;
pub mod web_identity;

pub use access_keys::AccessKeys;
pub use catalog::Family;
pub use error::Error;
pub use iam::Iam;
pub use kind::Kind;
pub use publisher::Publisher;
pub use running_settings::RunningSettings;
pub use secrets::Secrets;
pub use shared::SharedAccount;
pub use tag::Tag;
