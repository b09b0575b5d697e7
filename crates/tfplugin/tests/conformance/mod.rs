//! Golden messages: a request as Terraform sends it, and the exact answer. One RPC per file.
//!
//! The provider is the one in `provider/`, on the real transport. Values travel in msgpack, which
//! is made here by itself and not by the crate.

mod apply_resource_change;
mod call_function;
mod close_ephemeral_resource;
mod configure_provider;
mod generate_resource_config;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod import_resource_state;
mod message;
mod move_resource_state;
mod open_ephemeral_resource;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod renew_ephemeral_resource;
mod state_stores;
mod stop_provider;
mod terraform;
mod upgrade_resource_state;
mod validate_data_resource_config;
mod validate_ephemeral_resource_config;
mod validate_provider_config;
mod validate_resource_config;
