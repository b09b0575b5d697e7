//! Terraform plugin protocol 6 for providers written in Rust.

pub mod context;
pub mod data_source;
pub mod diagnostic;
pub mod field;
pub mod function;
pub mod path;
pub mod private;
pub mod provider;
pub mod registry;
pub mod resource;
pub mod schema;
pub mod value;

pub use context::Context;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use field::Field;
pub use path::AttributePath;
pub use private::Private;
pub use provider::Provider;
pub use registry::Registry;
pub use resource::Resource;
