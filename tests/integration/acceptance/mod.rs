//! The real CLI and the built provider. Every change behind the provider's back is made with SQL or
//! API calls, and `plan` must then show it.

mod access_denied;
mod actions;
mod arns;
mod aws_configuration;
mod beside_aws;
mod between;
mod connection;
mod cost;
mod cost_of_grants;
mod data_sources;
mod ephemeral_resources;
mod example_cdc;
mod faults;
mod functions;
mod input;
mod interrupted;
mod kept;
mod killed;
mod list_resources;
mod lockout;
mod main_job;
mod moto;
mod outages;
mod reads;
mod refused_login;
#[cfg(target_os = "linux")]
mod release;
mod resources;
