//! What a plan of the parameter says and warns of.

use std::time::Duration;

use tfplugin::{
    Context, Diagnostics, Field, Private,
    resource::{PlanRequest, PlanResponse},
};

use super::{
    Model, another,
    blast_radius::{self, Change},
    claimed, is_on,
    model::ARGUMENTS,
    precheck, retains,
    target::{Target, is_open_like, is_same, named_like},
};
use crate::{connection::Databases, diagnostics, operation::Operation, provider::Configured};

/// What a plan does.
const TITLE: &str = "Look At The Parameter Group";
/// How long a plan may read what a change reaches.
const PLAN_READ_TIMEOUT: Duration = Duration::from_secs(60);

/// The plan of a create or an update.
pub(super) async fn plan(
    context: &Context,
    provider: &Configured,
    request: PlanRequest<Model>,
) -> PlanResponse<Model> {
    let mut response = PlanResponse::keep(request.clone());
    let planned = &mut response.planned;
    planned.id = match (Target::from_model(&request.config), &request.prior) {
        (Some(target), _) => target.id().into(),
        // Another one is refused once it is known.
        (None, Some(prior)) if is_open_like(&request.config, prior) => prior.id.clone(),
        (None, _) => Field::Unknown,
    };
    let was_on = request
        .prior
        .as_ref()
        .is_some_and(|prior| is_on(&prior.enabled));
    let is_create = request.prior.is_none();
    let mut as_named = None;
    if let Some(prior) = request.prior {
        plan_update(&request.config, &prior, &provider.databases, &mut response);
        response
            .diagnostics
            .extend(another::warn(provider, &request.config, &prior));
        as_named = Some(named_like(&response.planned, &prior));
        let stays_on = response.requires_replace.is_empty() && is_on(&response.planned.enabled);
        if let Some(clients) = provider
            .clients(&prior.publisher.region)
            .filter(|_| stays_on)
        {
            let operation = &Operation::look(context, TITLE, PLAN_READ_TIMEOUT);
            let scope = operation.scope();
            let found =
                claimed::plan_keep(provider, &clients, scope, &prior, &request.private).await;
            response.diagnostics.extend(found);
        }
    }
    let change = match (was_on, is_on(&response.planned.enabled)) {
        (false, true) => Change::On,
        (true, false) => Change::Off,
        (false, false) if is_create => Change::Off,
        _ => return response,
    };
    // What is not known yet is read where it was.
    let planned = &as_named.unwrap_or_else(|| response.planned.clone());
    // A replacement is planned once more, as the creation that it is.
    let clients = provider.clients(&planned.publisher.region);
    let Some(clients) = clients.filter(|_| response.requires_replace.is_empty()) else {
        return response;
    };
    let operation = &Operation::look(context, TITLE, PLAN_READ_TIMEOUT);
    if is_create {
        let both = claimed::plan_create(provider, &clients, operation.scope(), planned).await;
        // What cannot be looked at is said below.
        response.diagnostics.extend(both.unwrap_or_default());
    }
    if change == Change::On {
        let found = precheck::at_plan(&clients, operation, planned).await;
        response.diagnostics.extend(found);
    }
    match blast_radius::at_plan(provider, &clients, operation, planned, change).await {
        Ok(found) => response.diagnostics.extend(found),
        Err(error) if response.diagnostics.is_empty() => response
            .diagnostics
            .push(diagnostics::aws(operation, &error).into_warning()),
        // The prerequisites could not be looked at either, and say so.
        Err(_) => {}
    }
    response
}

/// What a plan that destroys the resource should say.
pub(super) async fn plan_destroy(
    context: &Context,
    provider: &Configured,
    prior: &Model,
    private: &Private,
) -> Diagnostics {
    let clients = provider.clients(&prior.publisher.region);
    let Some(clients) = clients.filter(|_| !retains(prior) && is_on(&prior.enabled)) else {
        return Diagnostics::new();
    };
    let operation = &Operation::look(context, TITLE, PLAN_READ_TIMEOUT);
    let scope = operation.scope();
    let mut found = claimed::plan_destroy(provider, &clients, scope, prior, private).await;
    if claimed::is_kept(provider, &clients, scope, prior).await {
        return found;
    }
    // What cannot be looked at is not in the way of a destroy.
    let reached = blast_radius::at_plan(provider, &clients, operation, prior, Change::Off).await;
    found.extend(reached.unwrap_or_default());
    found
}

/// What an update may change: which thing is named. The group that the state knows is planned, and no other
/// is changed. What is not known yet is taken to be what the state names; the plan during the apply compares.
fn plan_update(
    config: &Model,
    prior: &Model,
    databases: &Databases,
    response: &mut PlanResponse<Model>,
) {
    if is_same(config, prior, databases) {
        return;
    }
    response.planned.parameter_group_name = Field::Unknown;
    response.planned.parameter_group_family = Field::Unknown;
    for attribute in ARGUMENTS.into_iter().chain(["region"]) {
        response.requires_replace.push(attribute.into());
    }
}
