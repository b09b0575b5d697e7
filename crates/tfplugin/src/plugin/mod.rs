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
