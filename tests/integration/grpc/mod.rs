//! What only newer CLIs call, by a gRPC client of our own: the built provider as a plugin process behind
//! mutual TLS, against the stand-in. Identities, listings, actions, generated configurations.
#![cfg(unix)]

pub mod plugin;

mod action;
mod claims;
mod generated_config;
mod identity;
mod list_resource;
mod offer;
mod replaced;
