//! A provider with one of everything, whose answers are written down in the tests beside it.

mod join;
mod look;
mod old;
mod thing;
mod token;

use std::process::ExitCode;

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Provider, Registry,
    provider::ConfigureRequest,
    schema::{Attribute, Schema},
};

fn main() -> ExitCode {
    tfplugin::serve::run(Golden, "registry.terraform.io/tests/golden")
}

struct Golden;

#[derive(Deserialize)]
struct Config {
    greeting: Field<String>,
}

/// Panics, or fails with an error, where a name asks for it.
fn obey(name: &Field<String>) -> Result<(), Diagnostic> {
    match name.known().map(String::as_str) {
        Some("panic") => panic!("it was asked to"),
        Some("fail") => Err(Diagnostic::error("No", "It was asked to.").at("name")),
        _ => Ok(()),
    }
}

#[async_trait]
impl Provider for Golden {
    type Config = Config;
    type Configured = String;

    fn name(&self) -> &'static str {
        "golden"
    }

    fn version(&self) -> &'static str {
        "1.2.3"
    }

    fn schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::string("greeting").optional().default("hello"))
    }

    async fn validate(&self, _context: &Context, config: Config) -> Diagnostics {
        match config.greeting.known().map(String::as_str) {
            Some("panic") => panic!("it was asked to"),
            Some("") => Diagnostic::warning("No Greeting", "It is empty.")
                .at("greeting")
                .into(),
            _ => Diagnostics::new(),
        }
    }

    async fn configure(
        &self,
        _context: &Context,
        request: ConfigureRequest<Config>,
    ) -> Result<(String, Diagnostics), Diagnostics> {
        obey(&request.config.greeting)?;
        let greeting = request.config.greeting.into_known().unwrap_or_default();
        let warning = Diagnostic::warning("Configured", request.terraform_version);
        Ok((greeting, warning.into()))
    }

    fn register(&self, registry: &mut Registry<String>) {
        registry
            .resource(thing::Thing)
            .resource(old::Old)
            .data_source(look::Look)
            .function(join::Join)
            .ephemeral_resource(token::Token)
            .move_state(thing::Thing)
            .generate_config(old::Old);
    }
}
