//! Each RPC against the definition of the protocol: exact answers to exact requests, over the real
//! transport. What Terraform on this machine does not call yet is tested here alone.
#![cfg(unix)]

#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../transport/client.rs"]
mod client;
#[path = "../transport/example.rs"]
mod example;
#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "../transport/process.rs"]
mod process;
#[path = "../transport/wire.rs"]
mod wire;

mod golden;

mod apply_resource_change_identity;
mod get_provider_schema_abilities;
mod get_resource_identity_schemas;
mod import_resource_state_identity;
mod invoke_action;
mod list_resource;
mod plan_action;
mod plan_resource_change_identity;
mod read_resource_identity;
mod upgrade_resource_identity;
mod validate_action_config;
mod validate_list_resource_config;
