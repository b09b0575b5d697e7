//! A provider under test.

use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    framework::{ProviderSchema, Server, normalize},
    function::FunctionError,
    provider::Provider,
    schema::Schema,
    value::{Encoded, RawState, Reading, Type, Value, from_json},
};

use super::state::State;

/// The version of Terraform that providers under test are told.
const TERRAFORM_VERSION: &str = "1.15.0";

/// A provider under test.
pub struct TestProvider<P: Provider> {
    pub(super) server: Server<P>,
    pub(super) schema: ProviderSchema,
    pub(super) context: Context,
}

/// What a data source read.
#[derive(Clone, Debug)]
pub struct DataRead {
    /// The whole object; `None` after an error.
    pub state: Option<Value>,
    /// What the provider said.
    pub diagnostics: Diagnostics,
}

impl<P: Provider> TestProvider<P> {
    /// A provider that is not configured yet.
    ///
    /// # Panics
    /// When a schema breaks a rule that Terraform checks as it loads the provider.
    pub fn new(provider: P) -> Self {
        let server = Server::new(provider).with_checks();
        let schema = server.schema();
        let problems = schema.problems();
        assert!(
            problems.is_empty(),
            "Terraform would refuse the provider:\n{}",
            problems.join("\n")
        );
        Self {
            server,
            schema,
            context: Context::new("test", CancellationToken::new()),
        }
    }

    /// The provider itself, to look at what its author put there for tests.
    pub fn provider(&self) -> &P {
        self.server.provider()
    }

    /// Everything that the provider offers.
    pub fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    /// The context of all operations from now on: its cancellation is the request to stop.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Validates the provider block and, without errors, configures the provider with it.
    pub async fn configure(&self, config: Json) -> Diagnostics {
        let config = match literal(&self.schema.provider, &config) {
            Ok(config) => config,
            Err(error) => return error.into(),
        };
        let config = encode(&config, &self.schema.provider.r#type());
        let mut diagnostics = self
            .server
            .validate_provider_config(&self.context, config.clone())
            .await;
        if !diagnostics.has_errors() {
            let version = TERRAFORM_VERSION.to_owned();
            diagnostics.extend(
                self.server
                    .configure_provider(&self.context, version, config)
                    .await,
            );
        }
        diagnostics
    }

    /// Validates the configuration of a resource.
    pub async fn validate(&self, type_name: &str, config: Json) -> Diagnostics {
        let config = match self
            .resource_schema(type_name)
            .and_then(|schema| Ok(encode(&literal(schema, &config)?, &schema.r#type())))
        {
            Ok(config) => config,
            Err(error) => return error.into(),
        };
        self.server
            .validate_resource_config(&self.context, type_name, config, true)
            .await
    }

    /// Validates the configuration of a data source and, when it is wholly known and without
    /// errors, reads it.
    pub async fn read_data_source(&self, type_name: &str, config: Json) -> DataRead {
        let failed = |diagnostics| DataRead {
            state: None,
            diagnostics,
        };
        let Some(schema) = self.schema.data_sources.get(type_name) else {
            return failed(unknown_type("data source", type_name).into());
        };
        let config = match literal(schema, &config) {
            Ok(config) => config,
            Err(error) => return failed(error.into()),
        };
        let encoded = encode(&config, &schema.r#type());
        let mut diagnostics = self
            .server
            .validate_data_resource_config(&self.context, type_name, encoded.clone())
            .await;
        if diagnostics.has_errors() || !config.is_wholly_known() {
            return failed(diagnostics);
        }
        let result = self
            .server
            .read_data_source(&self.context, type_name, encoded)
            .await;
        diagnostics.extend(result.diagnostics);
        DataRead {
            state: result
                .state
                .filter(|_| !diagnostics.has_errors())
                .and_then(|state| state.decode(&schema.r#type()).ok()),
            diagnostics,
        }
    }

    /// Calls a function twice and compares the results.
    ///
    /// # Errors
    /// When the function fails, or is not pure.
    pub fn call_function(&self, name: &str, arguments: Vec<Json>) -> Result<Value, FunctionError> {
        let refused = |text: String| FunctionError::new(text);
        let Some(signature) = self.schema.functions.get(name) else {
            return Err(refused(format!("There is no function {name:?}.")));
        };
        let mut encoded = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let Some(parameter) = signature.parameter_at(index) else {
                // One too many, whatever it is.
                encoded.push(Encoded::null());
                continue;
            };
            let value = from_json(argument, &parameter.r#type, Reading::Literal)
                .map_err(|error| refused(error.to_string()))?;
            encoded.push(encode(&value, &parameter.r#type));
        }
        let call = || {
            self.server
                .call_function(name, encoded.clone())?
                .decode(&signature.result)
                .map_err(|error| refused(error.to_string()))
        };
        let (first, second) = (call()?, call()?);
        if first == second {
            Ok(first)
        } else {
            Err(refused(
                "Bug in the provider: two calls gave two results.".to_owned(),
            ))
        }
    }

    /// Reads a state that a version of the schema wrote, given as its JSON.
    ///
    /// # Errors
    /// When the state cannot be read or upgraded.
    pub async fn upgrade(
        &self,
        type_name: &str,
        version: i64,
        state: &Json,
    ) -> Result<State, Diagnostics> {
        let r#type = self.resource_schema(type_name)?.r#type();
        let state = RawState::Json(state.to_string().into_bytes());
        let result = self
            .server
            .upgrade_resource_state(&self.context, type_name, version, state)
            .await;
        let Some(state) = result.state else {
            return Err(result.diagnostics);
        };
        Ok(State::new(type_name, decode(&state, &r#type)?, Vec::new()))
    }

    pub(super) fn resource_schema(&self, type_name: &str) -> Result<&Schema, Diagnostic> {
        self.schema
            .resources
            .get(type_name)
            .ok_or_else(|| unknown_type("resource", type_name))
    }
}

/// A block as a literal says, with null for what it does not say.
pub(super) fn literal(schema: &Schema, config: &Json) -> Result<Value, Diagnostic> {
    let mut config = from_json(config, &schema.r#type(), Reading::Literal)
        .map_err(|error| error.into_diagnostic("Invalid Literal"))?;
    normalize::fill_blocks(&schema.body, &mut config);
    Ok(config)
}

/// The encoding of a value that was made for its type.
///
/// # Panics
/// When it is not of that type after all.
pub(super) fn encode(value: &Value, r#type: &Type) -> Encoded {
    match Encoded::encode(value, r#type) {
        Ok(encoded) => encoded,
        Err(error) => panic!("{error}"),
    }
}

pub(super) fn decode(encoded: &Encoded, r#type: &Type) -> Result<Value, Diagnostics> {
    encoded
        .decode(r#type)
        .map_err(|error| error.into_diagnostic("Bug in the Provider").into())
}

pub(super) fn unknown_type(kind: &str, type_name: &str) -> Diagnostic {
    Diagnostic::error("Unknown Type", format!("There is no {kind} {type_name:?}."))
}

/// The error for an answer that breaks one of Terraform's rules.
pub(super) fn bug(detail: &str) -> Diagnostic {
    Diagnostic::error("Bug in the Provider", detail)
}
