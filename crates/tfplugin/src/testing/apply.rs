//! Applying a planned change of a resource under test.

use serde_json::Value as Json;

use super::{
    TestProvider,
    plan::{Action, Plan},
    provider::{self, bug},
    state::{State, Step},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    framework::ApplyChange,
    provider::Provider,
    value::Value,
};

impl<P: Provider> TestProvider<P> {
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
}
