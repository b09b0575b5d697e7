//! The state of the pretended AWS account: what the API shows and what the gate enforces.

pub mod access_keys;
pub mod secret;

pub use access_keys::AccessKeys;
pub use secret::Secret;
