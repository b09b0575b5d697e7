//! Reading and importing a resource under test.

use serde_json::Value as Json;

use super::{
    TestProvider,
    provider::{self, bug},
    state::{State, Step},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    framework::StateResult,
    provider::Provider,
    value::Encoded,
};

impl<P: Provider> TestProvider<P> {
    /// Reads what is there now. After an error the state stays as it was.
    pub async fn refresh(&self, state: &State) -> Step {
        let r#type = match self.resource_schema(&state.type_name) {
            Ok(schema) => schema.r#type(),
            Err(error) => {
                return Step {
                    state: None,
                    diagnostics: error.into(),
                };
            }
        };
        let current = provider::encode(&state.value, &r#type);
        let result = self
            .server
            .read_resource(
                &self.context,
                &state.type_name,
                current,
                state.private.clone(),
                self.encoded_identity(&state.type_name, state.identity.as_ref()),
            )
            .await;
        let mut step = self.step(&state.type_name, result);
        if step.diagnostics.has_errors() {
            step.state = Some(state.clone());
        } else if let Some(read) = &mut step.state {
            read.tainted = state.tainted;
        }
        step
    }

    /// Imports an object by its id and reads it.
    pub async fn import(&self, type_name: &str, id: &str) -> Step {
        self.import_as(type_name, id, None).await
    }

    /// Imports an object by its identity and reads it. Attributes that are not given are null.
    pub async fn import_by_identity(&self, type_name: &str, identity: Json) -> Step {
        match self.identity_literal(type_name, &identity) {
            Ok(identity) => self.import_as(type_name, "", Some(identity)).await,
            Err(error) => Step {
                state: None,
                diagnostics: error.into(),
            },
        }
    }

    async fn import_as(&self, type_name: &str, id: &str, identity: Option<Encoded>) -> Step {
        let by = identity.is_some();
        let failed = |diagnostics| Step {
            state: None,
            diagnostics,
        };
        let result = self
            .server
            .import_resource_state(&self.context, type_name, id, identity)
            .await;
        let Some((state, private)) = result.imported else {
            return failed(result.diagnostics);
        };
        let imported = self.step(
            type_name,
            StateResult {
                state: Some(state),
                private,
                identity: result.identity,
                diagnostics: result.diagnostics,
            },
        );
        let Some(stub) = &imported.state else {
            return failed(bug("The import gave no state.").into());
        };
        if by && stub.identity.is_none() {
            return failed(bug("The import by an identity gave none.").into());
        }
        let mut read = self.refresh(stub).await;
        if read.state.is_none() && !read.diagnostics.has_errors() {
            read.diagnostics.push(Diagnostic::error(
                "Cannot Import Non-Existent Remote Object",
                format!("There is no {type_name} {id:?}."),
            ));
        }
        if read.diagnostics.has_errors() {
            read.state = None;
        }
        read.diagnostics = imported
            .diagnostics
            .into_iter()
            .chain(read.diagnostics)
            .collect();
        read
    }

    /// What an operation left, of which the result tells.
    pub(super) fn step(&self, type_name: &str, result: StateResult) -> Step {
        let mut diagnostics = result.diagnostics;
        let value = result.state.and_then(|state| {
            let decoded = self
                .resource_schema(type_name)
                .map_err(Diagnostics::from)
                .and_then(|schema| provider::decode(&state, &schema.r#type()));
            match decoded {
                Ok(value) => Some(value),
                Err(errors) => {
                    diagnostics.extend(errors);
                    None
                }
            }
        });
        let identity = match self.identity(type_name, result.identity.as_ref()) {
            Ok(identity) => identity,
            Err(errors) => {
                diagnostics.extend(errors);
                None
            }
        };
        Step {
            state: value.filter(|value| !value.is_null()).map(|value| State {
                identity,
                ..State::new(type_name, value, result.private)
            }),
            diagnostics,
        }
    }
}
