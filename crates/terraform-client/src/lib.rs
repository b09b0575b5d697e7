//! Terraform's side of the plugin protocol, for tests and measurements of providers.
//!
//! [`Plugin`] is a provider's process, started as Terraform starts it, and [`Unmanaged`] one in debug mode; [`connect`]
//! and [`provider_on`] lead to the generated clients in [`proto`]; [`Cli`] is the real `terraform` or `tofu`.

mod channel;
mod error;
mod example;
mod handshake;
mod identity;
mod lines;
mod plugin;
pub mod proto;
mod unmanaged;

use std::time::Duration;

pub use channel::{As, call, connect, connect_in_plaintext, provider, provider_on};
pub use error::Error;
pub use example::example;
pub use handshake::Handshake;
pub use identity::Identity;
pub use lines::Lines;
#[cfg(unix)]
pub use plugin::signal;
pub use plugin::{Plugin, command, plugin_command};
pub use terraform_cli::{self as cli, Cli};
pub use unmanaged::Unmanaged;

/// How long anything may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);
