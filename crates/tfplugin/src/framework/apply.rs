//! Applying a planned change of a resource.

use super::{ApplyChange, Server, StateResult, bug, check, normalize, server};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    provider::Provider,
    resource::{Applied, CreateRequest, DeleteRequest, Failure, UpdateRequest},
    value::{Encoded, Type, Value, null_unknowns, unknown_paths},
};

impl<P: Provider> Server<P> {
    /// Applies a planned change: a create without a prior state, a delete without a planned one.
    ///
    /// State and private data come back whatever happens; without them Terraform would forget.
    pub(crate) async fn apply_resource_change(
        &self,
        context: &Context,
        request: ApplyChange,
    ) -> StateResult {
        let prior_state = request.prior_state.clone();
        let private = request.planned_private.clone();
        let identity = self.identity_before(&request);
        match self.apply(context, request).await {
            Ok(result) => result,
            Err(diagnostics) => StateResult {
                state: Some(prior_state),
                private,
                identity,
                diagnostics,
            },
        }
    }

    /// Fails only before anything was changed.
    async fn apply(
        &self,
        context: &Context,
        request: ApplyChange,
    ) -> Result<StateResult, Diagnostics> {
        let resource = self.resource(&request.type_name)?;
        let r#type = resource.object_type();
        let prior = server::decode(&request.prior_state, r#type, "Prior State")?;
        let planned = server::decode(&request.planned_state, r#type, "Planned State")?;
        let config = server::decode(&request.config, r#type, "Configuration")?;
        let private = server::private(&request.planned_private)?;
        let configured = self.configured()?;
        let identity = self.identity(&request.type_name, request.planned_identity.as_ref())?;
        if planned.is_null() {
            let deleted = resource
                .delete(context, &configured, DeleteRequest { prior, private })
                .await;
            let before = self.identity_before(&request);
            return Ok(deletion(deleted, &request, before));
        }
        let is_create = prior.is_null();
        let result = if is_create {
            let request = CreateRequest {
                config,
                planned: planned.clone(),
                private,
            };
            resource.create(context, &configured, request).await
        } else {
            let request = UpdateRequest {
                config,
                prior,
                planned: planned.clone(),
                private,
            };
            resource.update(context, &configured, request).await
        };
        let before = self.identity_before(&request);
        let (mut result, state) = self.applied(r#type, result, &planned, request);
        result.identity = match (identity, state) {
            (Some(identity), Some(state)) if result.diagnostics.has_errors() => {
                identity.of_partial(&configured, &state)
            }
            (Some(identity), Some(state)) => {
                let (identity, errors) = match is_create {
                    true => identity.of_stored(&configured, &state),
                    false => identity.of_standing(&configured, &state),
                };
                result.diagnostics.extend(errors);
                identity
            }
            _ => before,
        };
        Ok(result)
    }

    /// The identity of the object before the change; `None` before it is created.
    pub(crate) fn identity_before(&self, request: &ApplyChange) -> Option<Encoded> {
        if request.prior_state.is_null() {
            return None;
        }
        self.unchanged_identity(&request.type_name, request.planned_identity.clone())
    }

    /// The result, and the state in it when it is not the one before.
    fn applied(
        &self,
        r#type: &Type,
        result: Result<Applied<Value>, Failure<Value>>,
        planned: &Value,
        request: ApplyChange,
    ) -> (StateResult, Option<Value>) {
        let (state, private, mut diagnostics) = match result {
            Ok(applied) => (Some(applied.state), applied.private, applied.diagnostics),
            Err(failure) => (failure.state, failure.private, failure.diagnostics),
        };
        let private = private.map_or(request.planned_private, |private| private.to_bytes());
        let Some(mut state) = state else {
            let result = StateResult {
                state: Some(request.prior_state),
                private,
                identity: None,
                diagnostics,
            };
            return (result, None);
        };
        normalize::preserve_encoding(&mut state, planned);
        if !diagnostics.has_errors() {
            diagnostics.extend(not_wholly_known(&state));
        }
        null_unknowns(&mut state);
        if self.checks && !diagnostics.has_errors() {
            diagnostics.extend(check::applied(planned, &state));
        }
        let (encoded, state) = match server::encode(&state, r#type) {
            Ok(encoded) => (encoded, Some(state)),
            Err(errors) => {
                diagnostics.extend(errors);
                (request.prior_state, None)
            }
        };
        let result = StateResult {
            state: Some(encoded),
            private,
            identity: None,
            diagnostics,
        };
        (result, state)
    }
}

/// The result of a delete; what could not be deleted stays as it was.
fn deletion(
    deleted: Result<Diagnostics, Diagnostics>,
    request: &ApplyChange,
    identity: Option<Encoded>,
) -> StateResult {
    let (is_gone, mut diagnostics) = match deleted {
        Ok(diagnostics) => (!diagnostics.has_errors(), diagnostics),
        Err(diagnostics) => (false, diagnostics),
    };
    if is_gone {
        return StateResult {
            state: Some(Encoded::null()),
            private: Vec::new(),
            identity: None,
            diagnostics,
        };
    }
    if !diagnostics.has_errors() {
        diagnostics.push(bug("The delete failed without saying why."));
    }
    StateResult {
        state: Some(request.prior_state.clone()),
        private: request.planned_private.clone(),
        identity,
        diagnostics,
    }
}

/// An error for each value that is still unknown, where everything must be known.
pub(super) fn not_wholly_known(state: &Value) -> Diagnostics {
    unknown_paths(state)
        .into_iter()
        .map(|path| {
            let detail = format!(
                "The value of {path} is still unknown after the operation; null was stored in its place."
            );
            bug(detail).at(path)
        })
        .collect()
}
