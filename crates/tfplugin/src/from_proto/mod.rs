//! From the messages of the wire to the framework's types: one function per type.

mod change;
mod move_change;
mod value;

pub(crate) use change::{apply_change, plan_change};
pub(crate) use move_change::move_change;
pub(crate) use value::{encoded, raw_state};
