//! The behaviour of the framework, driven in memory. What travels and how is not tested here.

#[path = "framework/provider.rs"]
mod provider;

#[path = "framework/apply.rs"]
mod apply;
#[path = "framework/model.rs"]
mod model;
#[path = "framework/other.rs"]
mod other;
#[path = "framework/plan.rs"]
mod plan;
#[path = "framework/validate.rs"]
mod validate;
