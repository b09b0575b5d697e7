//! The real CLI and the built provider. Every change behind the provider's back is made with SQL or
//! API calls, and `plan` must then show it.

mod aws_configuration;
mod connection;
mod cost;
mod data_sources;
mod main_job;
mod resources;
