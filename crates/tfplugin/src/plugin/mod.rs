//! go-plugin: how Terraform starts a provider process, finds it, trusts it and ends it.
//!
//! Knows nothing of providers: it would carry any gRPC service.

mod broker;
mod connection;
mod controller;
pub(crate) mod environment;
pub(crate) mod handshake;
pub(crate) mod lifecycle;
pub(crate) mod listener;
pub(crate) mod reattach;
pub(crate) mod server;
mod signals;
mod stdio;
pub(crate) mod tls;

/// Who started the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Terraform, for one phase and one provider block, and it ends the process. It gets interrupts from the keyboard
    /// as well, and tells the provider to stop what changes something in its own way. Of some phases it tells nothing.
    Plugin,
    /// Somebody else, for any number of phases and provider blocks, each on a connection of its own. Only a signal
    /// ends the process.
    Debug,
}
