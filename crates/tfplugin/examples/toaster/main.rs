//! A provider for toasters: each slice of toast is a file in a directory.
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
//! ephemeral "toaster_ticket" "next" {
//!   name = toaster_toast.breakfast.name
//! }
//!
//! data "toaster_rack" "all" {
//!   depends_on = [toaster_toast.breakfast]
//! }
//!
//! output "seconds" {
//!   value = provider::toaster::seconds(toaster_toast.breakfast.browning, 1, 2)
//! }
//! ```

mod rack;
mod seconds;
mod ticket;
mod toast;

use std::{io, path::PathBuf, process::ExitCode};

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Provider, Registry,
    provider::ConfigureRequest,
    schema::{Attribute, Schema},
};

fn main() -> ExitCode {
    tfplugin::serve::run(Toaster, "registry.terraform.io/example/toaster")
}

/// The provider.
struct Toaster;

/// The provider block.
#[derive(Deserialize)]
struct ToasterModel {
    directory: Field<String>,
}

/// The kitchen that the toast is in; `None` while nobody knows where it is.
struct Kitchen(Option<PathBuf>);

impl Kitchen {
    /// The file of a slice, or of a ticket.
    fn file(&self, name: &str, kind: &str) -> Result<PathBuf, Diagnostic> {
        let directory = self.0.as_ref().ok_or_else(|| {
            Diagnostic::error(
                "Kitchen Not Known",
                "The directory is known only after apply.",
            )
        })?;
        Ok(directory.join(format!("{name}.{kind}")))
    }
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
        Schema::new(0)
            .description("Toast, as files in a directory.")
            .attribute(
                Attribute::string("directory")
                    .optional()
                    .description("The directory of the toast. Defaults to the working directory."),
            )
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
            .resource(toast::Toast)
            .move_state(toast::Toast)
            .generate_config(toast::Toast)
            .data_source(rack::Rack)
            .ephemeral_resource(ticket::Ticket)
            .function(seconds::Seconds);
    }
}

/// Why an operation on a slice failed.
fn failed(operation: &str, name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {operation}"),
        format!("The slice {name:?}: {error}."),
    )
}
