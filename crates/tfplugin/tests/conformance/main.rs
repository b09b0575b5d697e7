//! Each RPC against the definition of the protocol: exact answers to exact requests, over the real
//! transport. What Terraform on this machine does not call yet is tested here alone. One RPC per file.
//!
//! The provider is the one in `provider/`, whose values are packed in [`message`] by itself and not by the
//! crate; for identities, listings and actions it is that of the transport's tests, with bytes from [`golden`].
#![cfg(unix)]

mod golden;
mod message;

mod apply_resource_change;
mod apply_resource_change_identity;
mod call_function;
mod close_ephemeral_resource;
mod configure_provider;
mod generate_resource_config;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod get_provider_schema_abilities;
mod get_resource_identity_schemas;
mod import_resource_state;
mod import_resource_state_identity;
mod invoke_action;
mod list_resource;
mod move_resource_state;
mod open_ephemeral_resource;
mod plan_action;
mod plan_resource_change;
mod plan_resource_change_identity;
mod read_data_source;
mod read_resource;
mod read_resource_identity;
mod renew_ephemeral_resource;
mod state_stores;
mod stop_provider;
mod terraform;
mod upgrade_resource_identity;
mod upgrade_resource_state;
mod validate_action_config;
mod validate_data_resource_config;
mod validate_ephemeral_resource_config;
mod validate_list_resource_config;
mod validate_provider_config;
mod validate_resource_config;
