//! What Terraform would store of a resource under test, and what an operation leaves.

use serde_json::Value as Json;

use crate::{
    diagnostic::Diagnostics,
    path::AttributePath,
    value::{Value, descend},
};

/// What Terraform would store of a resource.
#[derive(Clone, Debug)]
pub struct State {
    /// The type of the resource.
    pub type_name: String,
    /// The whole object.
    pub value: Value,
    /// What the provider stored beside it.
    pub private: Vec<u8>,
    /// What tells the object apart, when the resource has an identity.
    pub identity: Option<Value>,
    /// Creating it failed half-way, so that the next plan replaces it.
    pub tainted: bool,
}

impl State {
    pub(super) fn new(type_name: &str, value: Value, private: Vec<u8>) -> Self {
        Self {
            type_name: type_name.to_owned(),
            value,
            private,
            identity: None,
            tainted: false,
        }
    }

    /// The value at a path; null when the path leads nowhere.
    pub fn get(&self, path: impl Into<AttributePath>) -> Value {
        descend(&self.value, &path.into())
            .cloned()
            .unwrap_or_default()
    }

    /// The object as JSON.
    ///
    /// # Panics
    /// When it is not wholly known, which no state may be.
    pub fn to_json(&self) -> Json {
        match self.value.to_json() {
            Ok(json) => json,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What is there after an operation.
#[derive(Clone, Debug)]
pub struct Step {
    /// What Terraform would store; `None` when the object is not there.
    pub state: Option<State>,
    /// What the provider said.
    pub diagnostics: Diagnostics,
}

impl Step {
    /// The state of an operation that must have gone well and left an object.
    ///
    /// # Panics
    /// With the errors when it has not.
    #[track_caller]
    pub fn unwrap_state(self) -> State {
        match self.state {
            Some(state) if !self.diagnostics.has_errors() => state,
            _ => panic!("the operation failed: {:#?}", self.diagnostics),
        }
    }
}
