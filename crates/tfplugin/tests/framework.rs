//! The behaviour of the framework, driven in memory. What travels and how is not tested here.

#[path = "framework/offer.rs"]
mod offer;
#[path = "framework/provider.rs"]
mod provider;

#[path = "framework/shelf.rs"]
mod shelf;

#[path = "framework/action.rs"]
mod action;
#[path = "framework/apply.rs"]
mod apply;
#[path = "framework/derive.rs"]
mod derive;
#[path = "framework/ephemeral_resource.rs"]
mod ephemeral_resource;
#[path = "framework/function.rs"]
mod function;
#[path = "framework/generate_config.rs"]
mod generate_config;
#[path = "framework/identity.rs"]
mod identity;
#[path = "framework/list_resource.rs"]
mod list_resource;
#[path = "framework/model.rs"]
mod model;
#[path = "framework/move_state.rs"]
mod move_state;
#[path = "framework/other.rs"]
mod other;
#[path = "framework/plan.rs"]
mod plan;
#[path = "framework/validate.rs"]
mod validate;
#[path = "framework/write_only.rs"]
mod write_only;
