//! Planning a change of a resource.

use super::{
    PlanChange, PlanResult, Server, check, erased::ErasedResource, normalize, schema_plan, server,
};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    path::AttributePath,
    provider::Provider,
    resource::PlanRequest,
    schema::BlockBody,
    value::{Encoded, Value},
};

impl<P: Provider> Server<P> {
    /// Plans a change: a create without a prior state, a destroy without a proposed one.
    pub(crate) async fn plan_resource_change(
        &self,
        context: &Context,
        request: PlanChange,
    ) -> PlanResult {
        let private = request.prior_private.clone();
        match self.plan(context, request).await {
            Ok(result) => result,
            Err(diagnostics) => PlanResult {
                planned_state: None,
                requires_replace: Vec::new(),
                planned_private: private,
                planned_identity: None,
                diagnostics,
            },
        }
    }

    async fn plan(
        &self,
        context: &Context,
        request: PlanChange,
    ) -> Result<PlanResult, Diagnostics> {
        let resource = self.resource(&request.type_name)?;
        let body = &resource.schema().body;
        let r#type = resource.object_type();
        let prior = server::decode(&request.prior_state, r#type, "Prior State")?;
        let proposed = server::decode(&request.proposed_new_state, r#type, "Proposed State")?;
        let config = server::decode(&request.config, r#type, "Configuration")?;
        if proposed.is_null() {
            return self
                .plan_destroy(context, &**resource, prior, request)
                .await;
        }
        let proposed = proposal(body, proposed, &config, &prior);
        let private = server::private(&request.prior_private)?;
        let configured = self.configured()?;
        let identity = self.identity(&request.type_name, request.prior_identity.as_ref())?;
        let response = resource
            .plan(
                context,
                &configured,
                PlanRequest {
                    config: config.clone(),
                    prior: (!prior.is_null()).then(|| prior.clone()),
                    proposed: proposed.clone(),
                    private,
                },
            )
            .await;
        let mut diagnostics = response.diagnostics;
        let mut planned = response.planned;
        normalize::preserve_encoding(&mut planned, &proposed);
        normalize::preserve_encoding(&mut planned, &prior);
        if self.checks && !diagnostics.has_errors() {
            diagnostics.extend(check::planned(body, &config, &prior, &planned));
        }
        let requires_replace = requires_replace(body, &prior, &planned, response.requires_replace);
        // A plan that failed has said why: nothing else is to be told of it.
        let identity = identity.filter(|_| !diagnostics.has_errors());
        let planned_identity = identity.and_then(|identity| {
            let (identity, errors) = if prior.is_null() {
                identity.of_create(&configured, &planned)
            } else if requires_replace.is_empty() {
                identity.of_update(&configured, &planned)
            } else {
                identity.of_replaced()
            };
            diagnostics.extend(errors);
            identity
        });
        Ok(PlanResult {
            planned_state: Some(server::encode(&planned, r#type)?),
            requires_replace,
            planned_private: response.private.to_bytes(),
            planned_identity,
            diagnostics,
        })
    }

    async fn plan_destroy(
        &self,
        context: &Context,
        resource: &ErasedResource<P::Configured>,
        prior: Value,
        request: PlanChange,
    ) -> Result<PlanResult, Diagnostics> {
        let diagnostics = if prior.is_null() {
            Diagnostics::new()
        } else {
            let private = server::private(&request.prior_private)?;
            let configured = self.configured()?;
            resource
                .plan_destroy(context, &configured, prior, &private)
                .await
        };
        Ok(PlanResult {
            planned_state: Some(Encoded::null()),
            requires_replace: Vec::new(),
            planned_private: request.prior_private,
            // That of the object that is going to be deleted.
            planned_identity: self.unchanged_identity(&request.type_name, request.prior_identity),
            diagnostics,
        })
    }
}

/// What the schema makes of Terraform's proposal. One that equals the prior state stays that way,
/// or every plan would find something to do.
fn proposal(body: &BlockBody, mut proposed: Value, config: &Value, prior: &Value) -> Value {
    schema_plan::apply_defaults(body, &mut proposed, config);
    normalize::to_schema(body, &mut proposed);
    if proposed != *prior {
        schema_plan::mark_unknown(body, &mut proposed, config);
    }
    proposed
}

/// The paths of the schema and of the author, where something changes at all.
fn requires_replace(
    body: &BlockBody,
    prior: &Value,
    planned: &Value,
    of_author: Vec<AttributePath>,
) -> Vec<AttributePath> {
    if prior.is_null() {
        return Vec::new();
    }
    let mut paths = schema_plan::requires_replace(body, prior, planned);
    // A change of what is write-only shows in no value: there the author's word is all there is.
    paths.extend(
        of_author
            .into_iter()
            .filter(|path| schema_plan::changes(prior, planned, path) || body.is_write_only(path)),
    );
    paths.sort();
    paths.dedup();
    paths
}
