//! From the framework's types to the messages of the wire: one function per type.

mod diagnostic;
mod function;
mod identity;
mod list_resource;
mod path;
mod private;
mod provider_schema;
mod schema;
mod value;

pub(crate) use diagnostic::{diagnostic, diagnostics};
pub(crate) use function::{function_error, functions};
pub(crate) use identity::{identity, identity_schemas};
pub(crate) use list_resource::list_item;
pub(crate) use path::attribute_path;
pub(crate) use private::private;
pub(crate) use provider_schema::{metadata, provider_schema};
pub(crate) use schema::schema;
pub(crate) use value::dynamic_value;
