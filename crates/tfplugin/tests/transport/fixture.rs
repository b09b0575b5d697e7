//! A provider that does what a test asks of it: wait, panic, log, or hold something large.

#[path = "fixture/countdown.rs"]
mod countdown;
#[path = "fixture/named.rs"]
mod named;
#[path = "fixture/wide.rs"]
mod wide;

use std::process::ExitCode;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Private, Provider, Registry, Resource,
    data_source::{DataSource, DataSourceRead},
    function::{Function, FunctionError, Parameter, Signature},
    provider::ConfigureRequest,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, ReadRequest, ReadResponse,
        UpdateRequest,
    },
    schema::{Attribute, Schema},
    value::{Type, Value},
};

fn main() -> ExitCode {
    tfplugin::serve::run(Fixture, "registry.terraform.io/tests/fixture")
}

struct Fixture;

#[derive(Deserialize)]
struct Config {
    greeting: Field<String>,
}

#[async_trait]
impl Provider for Fixture {
    type Config = Config;
    type Configured = String;

    fn name(&self) -> &'static str {
        "fixture"
    }

    fn version(&self) -> &'static str {
        "1.2.3"
    }

    fn schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::string("greeting").optional())
    }

    async fn validate(&self, _context: &Context, config: Config) -> Diagnostics {
        match config.greeting.known().map(String::as_str) {
            Some("") => Diagnostic::error("No Greeting", "It is empty.")
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
        let greeting = request.config.greeting.into_known().unwrap_or_default();
        Ok((greeting, Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<String>) {
        registry.resource(Thing).data_source(Echo).function(Shout);
        registry
            .resource(named::Named)
            .identity(named::Named)
            .list_resource(named::Named)
            .action(countdown::Countdown);
        registry.resource(wide::Wide);
    }
}

/// A resource that exists only in the state.
struct Thing;

#[derive(Clone, Serialize, Deserialize)]
struct ThingModel {
    /// What create does: `panic`, `wait` until it is stopped, or, with anything else, nothing.
    behavior: Field<String>,
    text: Field<String>,
    id: Field<String>,
}

#[async_trait]
impl Resource<String> for Thing {
    type Model = ThingModel;

    fn type_name(&self) -> &'static str {
        "fixture_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(Attribute::string("behavior").optional())
            .attribute(Attribute::string("text").optional())
            .attribute(Attribute::string("id").computed().use_prior_state())
    }

    async fn create(
        &self,
        context: &Context,
        _provider: &String,
        request: CreateRequest<ThingModel>,
    ) -> Result<Applied<ThingModel>, Failure<ThingModel>> {
        let mut state = request.planned;
        state.id = "made".into();
        let mut diagnostics = Diagnostics::new();
        match state.behavior.known().map(String::as_str) {
            Some("panic") => panic!("the fixture was asked to"),
            Some("wait") => {
                if context.cancellation().is_cancelled() {
                    return Err(Diagnostic::error("Stopped Before the Start", "Too early.").into());
                }
                tracing::info!("waiting");
                context.cancellation().cancelled().await;
                tracing::info!("stopped waiting");
                diagnostics.push(Diagnostic::warning(
                    "Stopped",
                    "There was a request to stop.",
                ));
            }
            _ => {}
        }
        Ok(Applied::new(state).reporting(diagnostics))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &String,
        request: ReadRequest<ThingModel>,
    ) -> Result<ReadResponse<ThingModel>, Diagnostics> {
        if request
            .state
            .behavior
            .known()
            .is_some_and(|behavior| behavior == "panic")
        {
            panic!("the fixture was asked to");
        }
        Ok(ReadResponse::found(request.state))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &String,
        request: UpdateRequest<ThingModel>,
    ) -> Result<Applied<ThingModel>, Failure<ThingModel>> {
        if request
            .planned
            .behavior
            .known()
            .is_some_and(|behavior| behavior == "panic")
        {
            panic!("the fixture was asked to");
        }
        Ok(Applied::new(request.planned))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &String,
        _request: DeleteRequest<ThingModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &String,
        id: &str,
    ) -> Result<Imported<ThingModel>, Diagnostics> {
        let mut private = Private::default();
        private
            .set("imported", &true)
            .map_err(|error| Diagnostic::error("Not Importable", error.to_string()))?;
        Ok(Imported::new(ThingModel {
            behavior: Field::Null,
            text: Field::Null,
            id: id.into(),
        })
        .keeping(private))
    }
}

/// A data source that answers with the provider's greeting.
struct Echo;

#[derive(Serialize, Deserialize)]
struct EchoModel {
    text: Field<String>,
    answer: Field<String>,
}

#[async_trait]
impl DataSource<String> for Echo {
    type Model = EchoModel;

    fn type_name(&self) -> &'static str {
        "fixture_echo"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(Attribute::string("text").required())
            .attribute(Attribute::string("answer").computed())
    }

    async fn read(
        &self,
        _context: &Context,
        greeting: &String,
        config: EchoModel,
    ) -> Result<DataSourceRead<EchoModel>, Diagnostics> {
        let text = config.text.or_default();
        Ok(DataSourceRead::new(EchoModel {
            answer: format!("{greeting} {text}").into(),
            ..config
        }))
    }
}

/// A function that turns text to upper case.
struct Shout;

impl Function for Shout {
    type Arguments = (String,);

    fn name(&self) -> &'static str {
        "shout"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String)
            .parameter(Parameter::new("text", Type::String).description("What to shout."))
            .summary("Shouts")
            .description("Turns text to upper case.")
    }

    fn call(&self, (text,): Self::Arguments) -> Result<Value, FunctionError> {
        match text.as_str() {
            "panic" => panic!("the fixture was asked to"),
            "" => Err(FunctionError::new("there is nothing to shout").at(0)),
            text => Ok(text.to_uppercase().into()),
        }
    }
}
