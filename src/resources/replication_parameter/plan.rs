//! What a plan of the parameter says and warns of.

use std::time::Duration;

use tfplugin::{
    Context, Diagnostics, Field,
    resource::{PlanRequest, PlanResponse},
};

use super::{
    Model,
    blast_radius::{self, Change},
    claimed, is_on, precheck, retains,
    target::{ARGUMENTS, Target, known_group},
};
use crate::{diagnostics, provider::Configured, scope::Scope};

/// How long a plan may look at what a change reaches.
const LOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// The plan of a create or an update.
pub(super) async fn plan(
    context: &Context,
    provider: &Configured,
    request: PlanRequest<Model>,
) -> PlanResponse<Model> {
    let mut response = PlanResponse::keep(request.clone());
    let planned = &mut response.planned;
    planned.id = match Target::of(&request.config) {
        Some(target) => target.id().into(),
        None => Field::Unknown,
    };
    let was_on = request
        .prior
        .as_ref()
        .is_some_and(|prior| is_on(&prior.enabled));
    let is_create = request.prior.is_none();
    if let Some(prior) = request.prior {
        let region = &request.config.region;
        let is_same_region = provider.connections.is_same_region(&prior.region, region);
        plan_update(&request.config, &prior, is_same_region, &mut response);
    }
    let change = match (was_on, is_on(&response.planned.enabled)) {
        (false, true) => Change::On,
        (true, false) => Change::Off,
        (false, false) if is_create => Change::Off,
        _ => return response,
    };
    // A replacement is planned once more, as the creation that it is.
    let clients = provider.clients(&response.planned.region);
    let Some(clients) = clients.filter(|_| response.requires_replace.is_empty()) else {
        return response;
    };
    let scope = Scope::new(context.cancellation(), LOOK_TIMEOUT);
    if is_create {
        let both = claimed::plan_create(provider, &clients, &scope, &response.planned).await;
        // What cannot be looked at is said below.
        response.diagnostics.extend(both.unwrap_or_default());
    }
    if change == Change::On {
        let found = precheck::at_plan(&clients, &scope, &response.planned).await;
        response.diagnostics.extend(found);
    }
    let planned = &response.planned;
    match blast_radius::at_plan(provider, &clients, &scope, planned, change).await {
        Ok(found) => response.diagnostics.extend(found),
        Err(error) if response.diagnostics.is_empty() => response
            .diagnostics
            .push(diagnostics::aws("Look At The Parameter Group", &error).as_warning()),
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
) -> Diagnostics {
    let clients = provider.clients(&prior.region);
    let Some(clients) = clients.filter(|_| !retains(prior) && is_on(&prior.enabled)) else {
        return Diagnostics::new();
    };
    let scope = Scope::new(context.cancellation(), LOOK_TIMEOUT);
    let mut found = claimed::plan_destroy(provider, &clients, &scope, prior).await;
    // What cannot be looked at is not in the way of a destroy.
    let reached = blast_radius::at_plan(provider, &clients, &scope, prior, Change::Off).await;
    found.extend(reached.unwrap_or_default());
    found
}

/// What an update may change. The group that the state knows is planned, and no other is changed. What is
/// named is a matter of a replacement when it is another thing, and not when it is only not known yet.
fn plan_update(
    config: &Model,
    prior: &Model,
    is_same_region: bool,
    response: &mut PlanResponse<Model>,
) {
    let planned = &mut response.planned;
    let is_unknown = config.names().into_iter().any(Field::is_unknown);
    if is_unknown || config.region.is_unknown() {
        // The same argument will most likely hold the same name; the plan during the apply compares.
        let pairs = config.names().into_iter().zip(prior.names());
        let is_same_argument = pairs
            .into_iter()
            .all(|(config, prior)| config.is_null() == prior.is_null());
        if is_same_argument {
            planned.id = prior.id.clone();
        }
        return;
    }
    if is_same_region && names_the_same(config, prior) {
        return;
    }
    planned.parameter_group_name = Field::Unknown;
    planned.parameter_group_family = Field::Unknown;
    for attribute in ARGUMENTS.into_iter().chain(["region"]) {
        response.requires_replace.push(attribute.into());
    }
}

/// Whether a configuration names what the state is about, by its own name or by that of its group.
pub(super) fn names_the_same(config: &Model, prior: &Model) -> bool {
    match Target::of(config) {
        Some(target) if target.is_named_by(prior) => true,
        Some(Target::Group(name)) => known_group(prior).is_some_and(|known| known.is_same(&name)),
        Some(Target::Publisher(_)) | None => false,
    }
}
