//! Terraform plugin protocol 6 for providers written in Rust.

pub mod context;
pub mod data_source;
pub mod diagnostic;
pub mod field;
mod framework;
mod from_proto;
pub mod function;
mod logging;
pub mod path;
mod plugin;
pub mod private;
mod proto;
pub mod provider;
pub mod registry;
pub mod resource;
mod rpc;
pub mod schema;
pub mod timeouts;
pub mod serve;
mod to_proto;
pub mod value;

pub use context::Context;
pub use data_source::DataSource;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use field::Field;
pub use framework::ProviderSchema;
pub use function::Function;
pub use path::AttributePath;
pub use private::Private;
pub use provider::Provider;
pub use registry::Registry;
pub use resource::Resource;
pub use timeouts::Timeouts;
