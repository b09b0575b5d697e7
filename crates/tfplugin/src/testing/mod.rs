//! Drives a provider in memory: no process, no socket, no Terraform.
//!
//! [`TestProvider`] does what Terraform does between the calls of the protocol: it merges the
//! configuration into the prior state, plans twice and compares, replaces in two steps, marks
//! what failed to be created as tainted, and holds every answer against Terraform's rules. What
//! breaks a rule comes back as an error with the summary "Bug in the Provider". [`provider()`] makes one
//! around resources that need none.

mod action;
mod apply;
mod ephemeral_resource;
mod generate_config;
mod identity;
mod list_resource;
mod move_state;
mod plan;
mod proposed;
mod provider;
mod read;
mod state;
mod stub;

pub use action::Invocation;
pub use ephemeral_resource::Open;
pub use generate_config::Configuration;
pub use list_resource::{ListOptions, Listing};
pub use move_state::Source;
pub use plan::{Action, Plan};
pub use provider::{DataRead, TestProvider};
pub use state::{State, Step};
pub use stub::{StubProvider, provider};

/// A value as it travels, for tests that speak the protocol themselves.
pub use crate::value::encoded::Encoded;
/// How deep what travels may nest.
pub use crate::value::msgpack::MAX_DEPTH;

use crate::value::UNKNOWN;

/// A value that is known only after apply, to be used in the literal of a configuration:
///
/// ```
/// let config = serde_json::json!({ "name": tfplugin::testing::unknown() });
/// ```
pub fn unknown() -> serde_json::Value {
    UNKNOWN.into()
}
