//! From the messages of the wire to the framework's types: one function per type.

mod change;
mod identity;
mod list_resource;
mod move_change;
mod value;

pub(crate) use change::{apply_change, plan_change};
pub(crate) use identity::identity;
pub(crate) use list_resource::list_query;
pub(crate) use move_change::move_change;
pub(crate) use value::{encoded, raw_state};
