//! A provider for toasters: each slice of toast is a file in a directory.
//!
//! [`Toast`] is managed, takes over slices of a bakery (`bakery.rs`), is written as a configuration
//! (`config.rs`), has an identity and can be listed (`identity.rs`); [`Rack`] is read, [`Ticket`] is opened
//! and closed, [`Eject`] is done, [`Seconds`] is computed.
//!
//! Build it with `cargo build -p tfplugin --example toaster`, then either let Terraform start it,
//! with this in the file that `TF_CLI_CONFIG_FILE` names (the program must be there as
//! `terraform-provider-toaster`):
//!
//! ```hcl
//! provider_installation {
//!   dev_overrides {
//!     "registry.terraform.io/example/toaster" = "/directory/with/the/program"
//!   }
//!   direct {}
//! }
//! ```
//!
//! or start it with `cargo run -p tfplugin --example toaster -- --debug` and export what it prints.
//!
//! ```hcl
//! terraform {
//!   required_providers {
//!     toaster = { source = "example/toaster" }
//!   }
//! }
//!
//! provider "toaster" {
//!   directory = "/tmp/kitchen"
//! }
//!
//! resource "toaster_toast" "breakfast" {
//!   name     = "breakfast"
//!   toppings = ["butter", "jam"]
//! }
//!
//! data "toaster_rack" "all" {
//!   depends_on = [toaster_toast.breakfast]
//! }
//!
//! output "seconds" {
//!   value = provider::toaster::seconds(toaster_toast.breakfast.browning, 1, 2)
//! }
//!
//! # Terraform 1.10 and later
//! ephemeral "toaster_ticket" "breakfast" {
//!   name = toaster_toast.breakfast.name
//! }
//!
//! # Terraform 1.14 and later
//! action "toaster_eject" "breakfast" {
//!   config {
//!     name = "breakfast"
//!   }
//! }
//! ```
//!
//! and, in a file `toast.tfquery.hcl` for `terraform query`:
//!
//! ```hcl
//! list "toaster_toast" "all" {
//!   provider = toaster
//!   config {
//!     prefix = "b"
//!   }
//! }
//! ```

mod bakery;
mod config;
mod eject;
mod identity;
mod kitchen;
mod rack;
mod seconds;
mod ticket;

use std::{io, path::PathBuf, process::ExitCode, time::Duration};

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Model, Provider, Registry, Resource,
    provider::ConfigureRequest,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, ReadRequest, ReadResponse,
        UpdateRequest,
    },
    schema::{Schema, Validator},
    timeouts::{self, Operation, Timeouts},
};

use eject::Eject;
use kitchen::{Kitchen, failed};
use rack::Rack;
use seconds::Seconds;
use ticket::Ticket;

fn main() -> ExitCode {
    tfplugin::serve::run(Toaster, "registry.terraform.io/example/toaster")
}

/// The provider.
struct Toaster;

/// Toast, as files in a directory.
#[derive(Model)]
#[model(config_only)]
struct ToasterModel {
    /// The directory of the toast. Defaults to the working directory.
    #[attribute(optional)]
    directory: Field<String>,
}

#[async_trait]
impl Provider for Toaster {
    type Config = ToasterModel;
    type Configured = Kitchen;

    fn name(&self) -> &'static str {
        "toaster"
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn schema(&self) -> Schema {
        ToasterModel::schema()
    }

    async fn configure(
        &self,
        _context: &Context,
        request: ConfigureRequest<ToasterModel>,
    ) -> Result<(Kitchen, Diagnostics), Diagnostics> {
        let directory = match request.config.directory {
            Field::Known(directory) => Some(directory.into()),
            Field::Null => Some(PathBuf::from(".")),
            Field::Unknown => None,
        };
        Ok((Kitchen(directory), Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<Kitchen>) {
        registry
            .resource(Toast)
            .move_state(Toast)
            .generate_config(Toast)
            .identity(Toast)
            .list_resource(Toast)
            .data_source(Rack)
            .ephemeral_resource(Ticket)
            .function(Seconds)
            .action(Eject);
    }
}

/// A slice of toast.
struct Toast;

/// A slice of toast.
#[derive(Clone, Model)]
struct ToastModel {
    /// The name of the slice. A change replaces it.
    #[attribute(required, requires_replace, validate = slug())]
    name: Field<String>,
    /// How brown it gets, from 1 to 6. Defaults to `3`.
    #[attribute(optional, default = BROWNING, validate = Validator::between(1, 6))]
    browning: Field<i64>,
    /// What is on it, from the bottom up.
    #[attribute(optional)]
    toppings: Field<Vec<String>>,
    /// A note to the cook, which nobody keeps.
    #[attribute(optional, write_only)]
    note_wo: Field<String>,
    /// The name.
    #[attribute(computed, use_prior_state)]
    id: Field<String>,
    /// How many crumbs it left.
    #[attribute(computed)]
    crumbs: Field<i64>,
    #[block(schema = timeouts::block([(Operation::Create, PATIENCE)]))]
    timeouts: Field<Timeouts>,
}

/// What the name of a slice must be like.
fn slug() -> Validator {
    Validator::matches(
        "^[a-z0-9_]+$",
        "consist of lower-case letters, digits and underscores",
    )
}

impl ToastModel {
    /// A slice of which nothing is known but its name.
    fn named(name: &str) -> Self {
        Self {
            id: name.into(),
            name: name.into(),
            browning: Field::Null,
            ..Self::defaults()
        }
    }
}

/// How brown a slice gets, unless configured.
const BROWNING: i64 = 3;

/// How long a slice takes, unless configured.
const PATIENCE: Duration = Duration::from_secs(180);

impl Toast {
    fn write(kitchen: &Kitchen, mut toast: ToastModel) -> Result<ToastModel, Diagnostic> {
        let name = toast.name.or_default();
        toast.crumbs = (7 * toast.browning.or_default()).into();
        toast.id = name.clone().into();
        let file = kitchen.file(&name)?;
        serde_json::to_vec_pretty(&toast)
            .map_err(io::Error::from)
            .and_then(|json| std::fs::write(&file, json))
            .map_err(|error| failed("Toast a Slice", &name, &error))?;
        Ok(toast)
    }
}

#[async_trait]
impl Resource<Kitchen> for Toast {
    type Model = ToastModel;

    fn type_name(&self) -> &'static str {
        "toaster_toast"
    }

    fn schema(&self) -> Schema {
        ToastModel::schema()
    }

    async fn create(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: CreateRequest<ToastModel>,
    ) -> Result<Applied<ToastModel>, Failure<ToastModel>> {
        let name = request.planned.name.or_default();
        if kitchen.file(&name)?.exists() {
            let detail = format!("There is a slice {name:?} already; import it.");
            return Err(Diagnostic::error("Cannot Toast a Slice", detail)
                .at("name")
                .into());
        }
        Ok(Applied::new(Self::write(kitchen, request.planned)?))
    }

    async fn read(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: ReadRequest<ToastModel>,
    ) -> Result<ReadResponse<ToastModel>, Diagnostics> {
        let name = request.state.name.or_default();
        let file = kitchen.file(&name)?;
        let state = match std::fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => {
                let read: ToastModel = read
                    .and_then(|json| Ok(serde_json::from_slice(&json)?))
                    .map_err(|error| failed("Read a Slice", &name, &error))?;
                Some(ToastModel {
                    timeouts: request.state.timeouts,
                    ..read
                })
            }
        };
        Ok(ReadResponse::from(state))
    }

    async fn update(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: UpdateRequest<ToastModel>,
    ) -> Result<Applied<ToastModel>, Failure<ToastModel>> {
        Ok(Applied::new(Self::write(kitchen, request.planned)?))
    }

    async fn delete(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: DeleteRequest<ToastModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        let name = request.prior.name.or_default();
        match std::fs::remove_file(kitchen.file(&name)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("Eat a Slice", &name, &error).into())
            }
            Ok(()) | Err(_) => Ok(Diagnostics::new()),
        }
    }

    async fn import(
        &self,
        _context: &Context,
        _kitchen: &Kitchen,
        id: &str,
    ) -> Result<Imported<ToastModel>, Diagnostics> {
        Ok(Imported::new(ToastModel::named(id)))
    }
}
