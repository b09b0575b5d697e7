//! What the project's own commands share, whether `cargo xtask` runs them itself or builds them first.

pub mod child;
pub mod failure;
pub mod majors;
pub mod options;
pub mod screen;
pub mod target;
