//! The msgpack in which values travel, read and written by their type.

mod decode;
mod encode;
mod reader;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// The encoding of null, which is the same for every type.
pub(super) const NIL: [u8; 1] = [0xc0];

/// How deep a value or a type may nest. Terraform itself has no limit, but no configuration comes
/// near this one, and hostile bytes must not exhaust the stack.
pub const MAX_DEPTH: usize = 100;

/// The extension type of an unknown value with refinements.
const REFINED: i8 = 12;
