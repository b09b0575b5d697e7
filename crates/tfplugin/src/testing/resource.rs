//! The life of a resource under test: plan, apply, refresh, import, destroy.

use serde_json::Value as Json;

use super::{TestProvider, proposed, provider};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    framework::{ApplyChange, PlanChange, PlanResult, StateResult},
    path::AttributePath,
    provider::Provider,
    value::{Encoded, Value, descend, unknown_paths},
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

/// What a plan is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Create the object.
    Create,
    /// Change it in place.
    Update,
    /// Delete it and create another one.
    Replace,
    /// Delete it.
    Delete,
}

/// A planned change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The type of the resource.
    pub type_name: String,
    /// What is going to be done.
    pub action: Action,
    /// The state before.
    pub prior: Option<State>,
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The planned state; null for a destroy.
    pub planned: Value,
    /// What replaces the resource.
    pub requires_replace: Vec<AttributePath>,
    /// What apply gets beside it.
    pub private: Vec<u8>,
    /// The planned identity, when the resource has one.
    pub identity: Option<Value>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl Plan {
    /// The planned value at a path; null when the path leads nowhere.
    pub fn get(&self, path: impl Into<AttributePath>) -> Value {
        descend(&self.planned, &path.into())
            .cloned()
            .unwrap_or_default()
    }

    /// The paths of what is known after apply only, as text.
    pub fn unknown(&self) -> Vec<String> {
        unknown_paths(&self.planned)
            .iter()
            .map(ToString::to_string)
            .collect()
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

impl<P: Provider> TestProvider<P> {
    /// Validates a configuration and plans what it takes to get there: a create without a prior
    /// state.
    ///
    /// # Errors
    /// With what the provider said, and with what Terraform would refuse.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: Option<&State>,
        config: Json,
    ) -> Result<Plan, Diagnostics> {
        let schema = self.resource_schema(type_name)?;
        let config_value = provider::literal(schema, &config)?;
        let mut diagnostics = self.validate(type_name, config).await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let standing = prior.filter(|prior| !prior.tainted);
        let first = self
            .plan_twice(type_name, standing, &config_value, Vec::new())
            .await?;
        let is_replaced = standing.is_some() && !first.requires_replace.is_empty();
        let result = if is_replaced {
            // Terraform asks again as if there were nothing, with what the first plan left.
            self.plan_twice(
                type_name,
                None,
                &config_value,
                first.planned_private.clone(),
            )
            .await?
        } else {
            first.clone()
        };
        let planned = self.planned(type_name, &result)?;
        let action = match prior {
            None => Action::Create,
            Some(prior) if prior.tainted || is_replaced => Action::Replace,
            Some(prior) if prior.value == planned => Action::NoOp,
            Some(_) => Action::Update,
        };
        diagnostics.extend(first.diagnostics);
        Ok(Plan {
            type_name: type_name.to_owned(),
            action,
            prior: prior.cloned(),
            config: config_value,
            planned,
            requires_replace: first.requires_replace,
            private: result.planned_private.clone(),
            identity: self.identity(type_name, result.planned_identity.as_ref())?,
            diagnostics,
        })
    }

    /// Plans to destroy what is there.
    ///
    /// # Errors
    /// When the provider blocks it.
    pub async fn plan_destroy(&self, prior: &State) -> Result<Plan, Diagnostics> {
        let r#type = self.resource_schema(&prior.type_name)?.r#type();
        let request = PlanChange {
            type_name: prior.type_name.clone(),
            prior_state: provider::encode(&prior.value, &r#type),
            proposed_new_state: Encoded::null(),
            config: Encoded::null(),
            prior_private: prior.private.clone(),
            prior_identity: self.encoded_identity(&prior.type_name, prior.identity.as_ref()),
        };
        let result = self
            .server
            .plan_resource_change(&self.context, request)
            .await;
        if result.diagnostics.has_errors() {
            return Err(result.diagnostics);
        }
        if result.planned_state != Some(Encoded::null()) {
            return Err(bug("A planned destroy leaves something.").into());
        }
        Ok(Plan {
            type_name: prior.type_name.clone(),
            action: Action::Delete,
            prior: Some(prior.clone()),
            config: Value::Null,
            planned: Value::Null,
            requires_replace: Vec::new(),
            private: result.planned_private,
            identity: prior.identity.clone(),
            diagnostics: result.diagnostics,
        })
    }

    /// Applies a plan. A plan that does nothing is not applied, as Terraform does.
    pub async fn apply(&self, plan: Plan) -> Step {
        match plan.action {
            Action::NoOp => Step {
                state: plan.prior,
                diagnostics: Diagnostics::new(),
            },
            Action::Create | Action::Update | Action::Delete => {
                let prior = plan.prior.clone();
                self.apply_leg(&plan, prior, &plan.planned, plan.private.clone())
                    .await
            }
            Action::Replace => {
                let prior = plan.prior.clone();
                let deleted = self
                    .apply_leg(&plan, prior, &Value::Null, plan.private.clone())
                    .await;
                if deleted.diagnostics.has_errors() {
                    return deleted;
                }
                let mut created = self.apply_leg(&plan, None, &plan.planned, Vec::new()).await;
                created.diagnostics = deleted
                    .diagnostics
                    .into_iter()
                    .chain(created.diagnostics)
                    .collect();
                created
            }
        }
    }

    /// Plans and applies a configuration.
    pub async fn apply_config(&self, type_name: &str, prior: Option<&State>, config: Json) -> Step {
        match self.plan(type_name, prior, config).await {
            Ok(plan) => self.apply(plan).await,
            Err(diagnostics) => Step {
                state: prior.cloned(),
                diagnostics,
            },
        }
    }

    /// Plans and applies a destroy.
    pub async fn destroy(&self, prior: &State) -> Step {
        match self.plan_destroy(prior).await {
            Ok(plan) => self.apply(plan).await,
            Err(diagnostics) => Step {
                state: Some(prior.clone()),
                diagnostics,
            },
        }
    }

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

    /// Plans twice and compares: the second plan, at the time of the apply, must be the same.
    async fn plan_twice(
        &self,
        type_name: &str,
        prior: Option<&State>,
        config: &Value,
        private: Vec<u8>,
    ) -> Result<PlanResult, Diagnostics> {
        let schema = self.resource_schema(type_name)?;
        let r#type = schema.r#type();
        let null = Value::Null;
        let prior_value = prior.map_or(&null, |prior| &prior.value);
        let proposed = proposed::state(&schema.body, prior_value, config);
        let private = prior.map_or(private, |prior| prior.private.clone());
        let plan = || {
            let request = PlanChange {
                type_name: type_name.to_owned(),
                prior_state: provider::encode(prior_value, &r#type),
                proposed_new_state: provider::encode(&proposed, &r#type),
                config: provider::encode(config, &r#type),
                prior_private: private.clone(),
                prior_identity: prior
                    .and_then(|prior| self.encoded_identity(type_name, prior.identity.as_ref())),
            };
            self.server.plan_resource_change(&self.context, request)
        };
        let first = plan().await;
        if first.diagnostics.has_errors() {
            return Err(first.diagnostics);
        }
        let second = plan().await;
        if second.diagnostics.has_errors() {
            return Err(second.diagnostics);
        }
        if self.planned(type_name, &first)? != self.planned(type_name, &second)?
            || first.requires_replace != second.requires_replace
            || first.planned_identity != second.planned_identity
        {
            return Err(bug("Two plans of the same change differ.").into());
        }
        Ok(first)
    }

    fn planned(&self, type_name: &str, result: &PlanResult) -> Result<Value, Diagnostics> {
        let r#type = self.resource_schema(type_name)?.r#type();
        match &result.planned_state {
            Some(planned) => provider::decode(planned, &r#type),
            None => Err(bug("A plan without errors has no planned state.").into()),
        }
    }

    async fn apply_leg(
        &self,
        plan: &Plan,
        prior: Option<State>,
        planned: &Value,
        private: Vec<u8>,
    ) -> Step {
        let r#type = match self.resource_schema(&plan.type_name) {
            Ok(schema) => schema.r#type(),
            Err(error) => {
                return Step {
                    state: prior,
                    diagnostics: error.into(),
                };
            }
        };
        let null = Value::Null;
        let prior_value = prior.as_ref().map_or(&null, |prior| &prior.value);
        let config = if planned.is_null() {
            &null
        } else {
            &plan.config
        };
        if !config.is_wholly_known() {
            let detail =
                "Terraform applies only what is known by then; plan again without unknown values.";
            return Step {
                state: prior,
                diagnostics: Diagnostic::error("Configuration Not Known", detail).into(),
            };
        }
        let request = ApplyChange {
            type_name: plan.type_name.clone(),
            prior_state: provider::encode(prior_value, &r#type),
            planned_state: provider::encode(planned, &r#type),
            config: provider::encode(config, &r#type),
            planned_private: private,
            planned_identity: if planned.is_null() {
                let before = prior.as_ref().and_then(|prior| prior.identity.as_ref());
                self.encoded_identity(&plan.type_name, before)
            } else {
                self.encoded_identity(&plan.type_name, plan.identity.as_ref())
            },
        };
        let result = self
            .server
            .apply_resource_change(&self.context, request)
            .await;
        let mut step = self.step(&plan.type_name, result);
        let failed = step.diagnostics.has_errors();
        match (&mut step.state, &prior) {
            (Some(state), None) => state.tainted = failed,
            (Some(state), Some(prior)) => state.tainted = prior.tainted && planned.is_null(),
            (None, Some(prior)) if failed => step.state = Some(prior.clone()),
            (None, _) => {}
        }
        if !failed && planned.is_null() != step.state.is_none() {
            let detail = if planned.is_null() {
                "A delete that went well left a state."
            } else {
                "A change that went well left no state."
            };
            step.diagnostics.push(bug(detail));
        }
        step
    }

    fn step(&self, type_name: &str, result: StateResult) -> Step {
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

fn bug(detail: &str) -> Diagnostic {
    Diagnostic::error("Bug in the Provider", detail)
}
