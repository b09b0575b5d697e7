//! What only newer CLIs call, by a gRPC client of our own: the built provider as a plugin process behind
//! mutual TLS, against the stand-in. Identities, listings, actions, generated configurations.
#![cfg(unix)]

#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../../../crates/tfplugin/tests/transport/client.rs"]
mod client;
#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../../../crates/tfplugin/tests/transport/process.rs"]
mod process;
#[path = "../../../crates/tfplugin/tests/transport/wire.rs"]
mod wire;

pub mod plugin;

mod action;
mod generated_config;
mod identity;
mod list_resource;
mod offer;
mod replaced;

use crate::support::example;
