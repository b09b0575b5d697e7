//! Planning a change of a resource under test.

use serde_json::Value as Json;

use super::{
    TestProvider, proposed,
    provider::{self, bug},
    state::State,
};
use crate::{
    diagnostic::Diagnostics,
    framework::{PlanChange, PlanResult},
    path::AttributePath,
    provider::Provider,
    value::{Encoded, Value, descend, unknown_paths},
};

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
}
