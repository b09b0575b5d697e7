//! The behaviour of the framework, driven in memory. What travels and how is not tested here.

#[path = "framework/provider.rs"]
mod provider;

#[path = "framework/shelf.rs"]
mod shelf;

#[path = "framework/action.rs"]
mod action;
#[path = "framework/apply.rs"]
mod apply;
#[path = "framework/identity.rs"]
mod identity;
#[path = "framework/list_resource.rs"]
mod list_resource;
#[path = "framework/model.rs"]
mod model;
#[path = "framework/other.rs"]
mod other;
#[path = "framework/plan.rs"]
mod plan;
#[path = "framework/validate.rs"]
mod validate;
