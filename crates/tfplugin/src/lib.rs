//! Terraform plugin protocol 6 for providers written in Rust.
//!
//! A provider is a schema, a way to configure it, and lists of what it offers. A struct that derives [`Model`](trait@Model)
//! is a schema and the values that it describes. This is all of a provider that manages a file:
//!
//! ```no_run
//! use tfplugin::{
//!     Context, Diagnostic, Diagnostics, Field, Model, Provider, Registry, Resource, async_trait,
//!     provider::ConfigureRequest,
//!     resource::{
//!         Applied, CreateRequest, DeleteRequest, Failure, ReadRequest, ReadResponse, UpdateRequest,
//!     },
//!     schema::Schema,
//! };
//!
//! struct Notes;
//!
//! /// Notes, as files.
//! #[derive(Model)]
//! struct NotesModel {}
//!
//! #[async_trait]
//! impl Provider for Notes {
//!     type Config = NotesModel;
//!     type Configured = ();
//!
//!     fn name(&self) -> &'static str { "notes" }
//!     fn version(&self) -> &'static str { "0.1.0" }
//!     fn schema(&self) -> Schema { NotesModel::schema() }
//!
//!     async fn configure(
//!         &self, _: &Context, _: ConfigureRequest<NotesModel>,
//!     ) -> Result<((), Diagnostics), Diagnostics> {
//!         Ok(((), Diagnostics::new()))
//!     }
//!
//!     fn register(&self, registry: &mut Registry<()>) { registry.resource(Note); }
//! }
//!
//! struct Note;
//!
//! /// A note.
//! #[derive(Clone, Model)]
//! struct NoteModel {
//!     /// Where the note is. A change replaces it.
//!     #[attribute(required, requires_replace)]
//!     path: Field<String>,
//!     /// What is in it. Defaults to nothing.
//!     #[attribute(optional, default = "")]
//!     text: Field<String>,
//! }
//!
//! fn write(note: NoteModel) -> Result<NoteModel, Diagnostic> {
//!     let (Some(path), Some(text)) = (note.path.known(), note.text.known()) else {
//!         return Ok(note);
//!     };
//!     std::fs::write(path, text)
//!         .map_err(|error| Diagnostic::error("Cannot Write the Note", error.to_string()).at("path"))?;
//!     Ok(note)
//! }
//!
//! #[async_trait]
//! impl Resource<()> for Note {
//!     type Model = NoteModel;
//!
//!     fn type_name(&self) -> &'static str { "notes_note" }
//!
//!     fn schema(&self) -> Schema { NoteModel::schema() }
//!
//!     async fn create(
//!         &self, _: &Context, _: &(), request: CreateRequest<NoteModel>,
//!     ) -> Result<Applied<NoteModel>, Failure<NoteModel>> {
//!         Ok(Applied::new(write(request.planned)?))
//!     }
//!
//!     async fn read(
//!         &self, _: &Context, _: &(), request: ReadRequest<NoteModel>,
//!     ) -> Result<ReadResponse<NoteModel>, Diagnostics> {
//!         Ok(match std::fs::read_to_string(request.state.path.or_default()) {
//!             Ok(text) => ReadResponse::found(NoteModel { text: text.into(), ..request.state }),
//!             Err(_) => ReadResponse::gone(),
//!         })
//!     }
//!
//!     async fn update(
//!         &self, _: &Context, _: &(), request: UpdateRequest<NoteModel>,
//!     ) -> Result<Applied<NoteModel>, Failure<NoteModel>> {
//!         Ok(Applied::new(write(request.planned)?))
//!     }
//!
//!     async fn delete(
//!         &self, _: &Context, _: &(), request: DeleteRequest<NoteModel>,
//!     ) -> Result<Diagnostics, Diagnostics> {
//!         std::fs::remove_file(request.prior.path.or_default()).ok();
//!         Ok(Diagnostics::new())
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     tfplugin::serve::run(Notes, "registry.terraform.io/example/notes")
//! }
//! ```
//!
//! `examples/toaster/` has one of nearly everything; `testing`, behind a feature of that name, drives
//! a provider without a process.
//!
//! # What a provider can offer
//!
//! Each ability is a trait of its own. What is not registered is not advertised, and costs nothing.
//!
//! | trait | registered with | needs |
//! | --- | --- | --- |
//! | [`Resource`] | [`Registry::resource`] | |
//! | [`ResourceIdentity`]: its objects have an identity beside their state, and can be imported by it | [`Registry::identity`] | Terraform 1.12, OpenTofu 1.12 |
//! | [`ListResource`]: its objects can be listed, one by one, as fast as the client reads | [`Registry::list_resource`] | Terraform 1.14 |
//! | [`MoveState`]: takes over states of other types | [`Registry::move_state`] | Terraform 1.8, OpenTofu 1.10 |
//! | [`GenerateConfig`]: adjusts generated configurations | [`Registry::generate_config`] | Terraform 1.14 |
//! | [`DataSource`] | [`Registry::data_source`] | |
//! | [`EphemeralResource`]: values that are never stored | [`Registry::ephemeral_resource`] | Terraform 1.10, OpenTofu 1.11 |
//! | [`Action`]: something is done, and leaves no state | [`Registry::action`] | Terraform 1.14 |
//! | [`Function`] | [`Registry::function`] | Terraform 1.8, OpenTofu 1.7 |
//!
//! Not served: deferred actions, so that every request is answered as if they were not allowed; and
//! state stores, whose RPCs answer UNIMPLEMENTED.
//!
//! # What the framework does
//!
//! - [`schema`] says what can be written; [`model`] says how a struct is one. Validators, required values, read-only values and
//!   deprecations are checked before the author's own `validate`.
//! - A plan starts from what Terraform proposes. Defaults are put in where the configuration has
//!   null; if then anything differs from the prior state, computed attributes become unknown, but
//!   for those that use the prior state; then the author's `plan` has its say. Attributes with
//!   `requires_replace` replace the resource where they differ; those with `requires_replace_once_known`
//!   not while the planned value is unknown.
//! - Write-only values are null in all plans and states: also in those that were imported, upgraded
//!   or moved, in blocks and in nested attributes.
//! - Private data comes back also with an error, and so do the prior state and the identity of an
//!   update.
//! - An identity that is unknown after an operation, or another one than before, is an error that
//!   names its attribute.
//! - An operation runs to its end when its client is gone; a listing is dropped, and an action is
//!   asked to stop.
//! - An ephemeral resource whose result cannot be used is closed again at once.
//! - Arguments and results of functions are held against the signature. An argument to blame is
//!   named by its place.
//! - A configuration is generated from the schema for every resource that was imported.
//! - A value that is still unknown after an operation is an error at its attribute, and null is
//!   stored. In debug builds and in `testing` a plan that contradicts the configuration, and a
//!   state that contradicts its plan, are errors that name the attribute.
//! - [`Field`] says known, null or unknown; what is unknown cannot be mistaken for null.
//!
//! # Invariants
//!
//! Generated protocol types stay in `proto`, `from_proto`, `to_proto` and `rpc`. Nothing writes to
//! the standard output but the handshake. The crate knows no cloud and no database.

#![deny(missing_docs)]

pub mod action;
pub mod context;
pub mod data_source;
pub mod diagnostic;
pub mod ephemeral_resource;
pub mod field;
mod framework;
mod from_proto;
pub mod function;
pub mod generate_config;
pub mod list_resource;
mod list_sink;
mod logging;
pub mod model;
pub mod move_state;
pub mod path;
mod plugin;
pub mod private;
mod proto;
pub mod provider;
pub mod registry;
pub mod resource;
pub mod resource_identity;
mod response;
mod rpc;
pub mod schema;
pub mod serve;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timeouts;
mod to_proto;
pub mod value;

/// What the traits of this crate are implemented with.
pub use async_trait::async_trait;
/// What a [`Context`] is cancelled with.
pub use tokio_util::sync::CancellationToken;

pub use action::Action;
pub use context::Context;
pub use data_source::DataSource;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use ephemeral_resource::EphemeralResource;
pub use field::Field;
pub use framework::ProviderSchema;
pub use function::Function;
pub use generate_config::GenerateConfig;
pub use list_resource::ListResource;
pub use model::Model;
pub use move_state::MoveState;
pub use path::AttributePath;
pub use private::Private;
pub use provider::Provider;
pub use registry::Registry;
pub use resource::Resource;
pub use resource_identity::ResourceIdentity;
pub use tfplugin_derive::Model;
pub use timeouts::Timeouts;

/// The example of the README, which has to compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
