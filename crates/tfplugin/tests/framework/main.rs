//! The behaviour of the framework, driven in memory. What travels and how is not tested here.

mod leaky;
mod provider;

mod shelf;

mod action;
mod apply;
mod derive;
mod ephemeral_resource;
mod function;
mod generate_config;
mod identity;
mod list_resource;
mod model;
mod move_state;
mod other;
mod plan;
mod validate;
mod write_only;
