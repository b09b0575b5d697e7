//! `rdsiam_replication_parameter`: the one parameter `rds.iam_auth_for_replication` in a parameter
//! group of a DB cluster or DB instance.
//!
//! It never owns the group, nor any other parameter in it.

mod another;
mod blast_radius;
mod effect;
mod identity;
mod place;
mod precheck;
mod schema;
mod target;

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Private, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::Schema,
    timeouts::{self, Timeouts},
};

use crate::{
    aws::rds::{parameter_group, publisher},
    connection::Connections,
    diagnostics,
    provider::Configured,
    region,
    scope::Scope,
};

use self::{
    blast_radius::Change,
    effect::{moved, not_in_effect, settle},
    place::find_place,
    target::{ARGUMENTS, Target, is_open_like, known_group, may_name, named_like},
};

/// The parameter, in AWS's words.
const PARAMETER: &str = parameter_group::IAM_AUTH_FOR_REPLICATION;
/// How long a change may take to reach all members, unless configured.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How long reading may take, unless configured.
const READ_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// How long a plan may look at what a change reaches.
const LOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// The resource.
pub struct ReplicationParameter;

/// Its configuration, plan and state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    id: Field<String>,
    cluster_identifier: Field<String>,
    db_instance_identifier: Field<String>,
    db_cluster_parameter_group_name: Field<String>,
    db_parameter_group_name: Field<String>,
    region: Field<String>,
    enabled: Field<bool>,
    on_destroy: Field<String>,
    wait_for_in_sync: Field<bool>,
    check_prerequisites: Field<String>,
    expected_cluster_identifiers: Field<BTreeSet<String>>,
    parameter_group_name: Field<String>,
    parameter_group_family: Field<String>,
    timeouts: Field<Timeouts>,
}

#[async_trait]
impl Resource<Configured> for ReplicationParameter {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_parameter"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn plan(
        &self,
        context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        let mut response = PlanResponse::keep(request.clone());
        let planned = &mut response.planned;
        planned.id = match (Target::of(&request.config), &request.prior) {
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
        let mut looked_at = None;
        if let Some(prior) = request.prior {
            plan_update(
                &request.config,
                &prior,
                &provider.connections,
                &mut response,
            );
            response
                .diagnostics
                .extend(another::warn(provider, &request.config, &prior));
            looked_at = Some(named_like(&response.planned, &prior));
        }
        let change = match (was_on, is_on(&response.planned.enabled)) {
            (false, true) => Change::On,
            (true, false) => Change::Off,
            (false, false) if is_create => Change::Off,
            _ => return response,
        };
        // What is not known yet is looked at where it was.
        let planned = &looked_at.unwrap_or_else(|| response.planned.clone());
        // A replacement is planned once more, as the creation that it is.
        let clients = provider.clients(&planned.region);
        let Some(clients) = clients.filter(|_| response.requires_replace.is_empty()) else {
            return response;
        };
        let scope = Scope::new(context.cancellation(), LOOK_TIMEOUT);
        if change == Change::On {
            let found = precheck::at_plan(&clients, &scope, planned).await;
            response.diagnostics.extend(found);
        }
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

    async fn plan_destroy(
        &self,
        context: &Context,
        provider: &Configured,
        prior: Model,
        _private: &Private,
    ) -> Diagnostics {
        let resets = prior.on_destroy.known().map(String::as_str) != Some("retain");
        let clients = provider.clients(&prior.region);
        let Some(clients) = clients.filter(|_| resets && is_on(&prior.enabled)) else {
            return Diagnostics::new();
        };
        let scope = Scope::new(context.cancellation(), LOOK_TIMEOUT);
        // What cannot be looked at is not in the way of a destroy.
        blast_radius::at_plan(provider, &clients, &scope, &prior, Change::Off)
            .await
            .unwrap_or_default()
    }

    async fn create(
        &self,
        context: &Context,
        provider: &Configured,
        request: CreateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        const OPERATION: &str = "Create Replication Parameter";
        let clients = &provider.clients_for(OPERATION, &request.planned.region)?;
        let timeout = timeouts::of(&request.planned.timeouts).create(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let place = find_place(clients, &scope, &request.planned, OPERATION).await?;
        let mut diagnostics = Diagnostics::new();
        if place.change_to(&request.planned).is_none() && is_on(&request.planned.enabled) {
            diagnostics.push(
                Diagnostic::warning(
                    "Replication Parameter Already On",
                    format!(
                        "{PARAMETER} was 1 already in the {} and is now managed here. A destroy \
                         will {}.",
                        place.group.name,
                        match request.planned.on_destroy.known().map(String::as_str) {
                            Some("retain") => "leave it",
                            _ => "set it to its default",
                        }
                    ),
                )
                .at("enabled"),
            );
        }
        diagnostics.extend(precheck::at_apply(clients, &scope, &request.planned).await?);
        let (planned, group) = (&request.planned, &place.group.name);
        if place.change_to(planned).is_some() {
            blast_radius::refuse_unexpected(clients, &scope, planned, group, OPERATION).await?;
        }
        place
            .set(clients, &scope, &request.planned, OPERATION)
            .await?;
        // From here on the change is done: whatever else happens is a warning beside the state.
        diagnostics.extend(
            settle(clients, &scope, &request.planned, &place.group.name)
                .await
                .into_iter()
                .map(Diagnostic::as_warning),
        );
        provider.connections.forget_snapshots();
        Ok(Applied {
            state: place.into_state(request.planned),
            private: request.private,
            diagnostics,
        })
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        request: ReadRequest<Model>,
    ) -> Result<ReadResponse<Model>, Diagnostics> {
        const OPERATION: &str = "Read Replication Parameter";
        provider.note_refresh();
        let mut state = request.state;
        let response = |state, diagnostics| ReadResponse {
            state,
            private: request.private,
            diagnostics,
        };
        let Some(clients) = &provider.clients(&state.region) else {
            return Ok(response(Some(state), Diagnostics::new()));
        };
        let timeout = timeouts::of(&state.timeouts).read(READ_TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let mut warnings = Diagnostics::new();
        let Some(target) = Target::of(&state) else {
            return Err(Diagnostic::error(
                OPERATION,
                "The state names neither a cluster nor an instance nor a parameter group. Remove the resource from the state and \
                 import it again.",
            )
            .into());
        };
        let at = target.attribute();
        let (group, publisher) = match &target {
            Target::Group(name) => (name.clone(), None),
            Target::Publisher(identifier) => {
                let publisher = publisher::find(clients, &scope, identifier)
                    .await
                    .map_err(|error| diagnostics::aws(OPERATION, &error).at(at))?;
                match publisher {
                    None => return Ok(response(None, warnings)),
                    Some(publisher) => (publisher.parameter_group.clone(), Some(publisher)),
                }
            }
        };
        let parameters = parameter_group::find_replication_parameters(clients, &scope, &group)
            .await
            .map_err(|error| diagnostics::aws(OPERATION, &error).at(at))?;
        let Some(parameter) = parameters.and_then(|found| found.iam_auth_for_replication) else {
            return Ok(response(None, warnings));
        };
        let known = known_group(&state);
        if let Some(left) = known.as_ref().filter(|known| **known != group) {
            warnings.push(moved(left, &group).at(at));
        }
        let on = parameter.switch() == "1";
        if let Some(warning) = publisher.as_ref().filter(|_| on).and_then(not_in_effect) {
            warnings.push(warning.at("enabled"));
        }
        if known.as_ref() != Some(&group) || state.parameter_group_family.is_null() {
            let found = parameter_group::find_group(clients, &scope, &group)
                .await
                .map_err(|error| diagnostics::aws(OPERATION, &error).at(at))?;
            match found {
                None => return Ok(response(None, warnings)),
                Some(found) => state.parameter_group_family = found.family.into(),
            }
        }
        state.id = target.id().into();
        state.parameter_group_name = group.as_str().into();
        state.enabled = on.into();
        Ok(response(Some(state), warnings))
    }

    async fn update(
        &self,
        context: &Context,
        provider: &Configured,
        request: UpdateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        const OPERATION: &str = "Update Replication Parameter";
        another::refuse(
            &provider.connections,
            &request.planned,
            &request.prior,
            OPERATION,
        )?;
        if request.planned.enabled == request.prior.enabled {
            // The other arguments say how to behave, not what to set.
            return Ok(Applied {
                state: request.planned,
                private: request.private,
                diagnostics: Diagnostics::new(),
            });
        }
        let clients = &provider.clients_for(OPERATION, &request.planned.region)?;
        let timeout = timeouts::of(&request.planned.timeouts).update(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let place = find_place(clients, &scope, &request.planned, OPERATION).await?;
        let mut diagnostics = precheck::at_apply(clients, &scope, &request.planned).await?;
        let (planned, group) = (&request.planned, &place.group.name);
        // After the plan was made, or its refresh would have said so.
        if let (Some(left), Some(target)) = (known_group(&request.prior), Target::of(planned))
            && !left.is_same(group)
        {
            diagnostics.push(moved(&left, group).at(target.attribute()));
        }
        if place.change_to(planned).is_some() {
            blast_radius::refuse_unexpected(clients, &scope, planned, group, OPERATION).await?;
        }
        place
            .set(clients, &scope, &request.planned, OPERATION)
            .await?;
        let settled = settle(clients, &scope, &request.planned, &place.group.name).await;
        diagnostics.extend(settled);
        provider.connections.forget_snapshots();
        Ok(Applied {
            state: place.into_state(request.planned),
            private: request.private,
            diagnostics,
        })
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &Configured,
        request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        const OPERATION: &str = "Destroy Replication Parameter";
        let prior = request.prior;
        if prior.on_destroy.known().map(String::as_str) == Some("retain") {
            return Ok(Diagnostics::new());
        }
        let clients = &provider.clients_for(OPERATION, &prior.region)?;
        let timeout = timeouts::of(&prior.timeouts).delete(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let Some(group) = known_group(&prior) else {
            return Ok(Diagnostics::new());
        };
        if let Some(Target::Publisher(identifier)) = Target::of(&prior) {
            let at = identifier.argument();
            let publisher = publisher::find_now(clients, &scope, &identifier)
                .await
                .map_err(|error| diagnostics::aws(OPERATION, &error).at(at))?;
            let left = match publisher {
                None => Some(format!("The {identifier} is gone")),
                Some(publisher) if publisher.parameter_group != group => Some(format!(
                    "The {identifier} now uses the {}",
                    publisher.parameter_group
                )),
                Some(_) => None,
            };
            if let Some(left) = left {
                return Ok(Diagnostic::warning(
                    "Replication Parameter Left As It Is",
                    format!(
                        "{left}. A group that is no longer in use there is never touched, so {PARAMETER} stays as it \
                         is in the {group}."
                    ),
                )
                .at(at)
                .into());
            }
        }
        let parameter = parameter_group::find_parameter(clients, &scope, &group, PARAMETER)
            .await
            .map_err(|error| diagnostics::aws(OPERATION, &error))?;
        let Some(parameter) = parameter else {
            return Ok(Diagnostics::new());
        };
        if parameter.switch() == "0" || group.is_default() {
            return Ok(Diagnostics::new());
        }
        blast_radius::refuse_unexpected(clients, &scope, &prior, &group, OPERATION).await?;
        parameter_group::reset(clients, &scope, &group, PARAMETER, parameter.apply_type)
            .await
            .map_err(|error| diagnostics::aws(OPERATION, &error))?;
        let settled = settle(clients, &scope, &prior, &group).await;
        provider.connections.forget_snapshots();
        Ok(settled.into_iter().map(Diagnostic::as_warning).collect())
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        // No identifier and no name of a group holds an `@`.
        let (id, region) = region::split(id);
        let target = Target::from_id(id).ok_or_else(|| {
            Diagnostic::error(
                "Import Replication Parameter",
                format!(
                    "The id {id:?} has the wrong form. Use `cluster/IDENTIFIER`, `instance/IDENTIFIER`, \
                     `cluster-parameter-group/NAME` or `parameter-group/NAME`, whichever way the configuration names \
                     it, and `@REGION` behind it when it is not in the provider's Region."
                ),
            )
        })?;
        let named = |argument: &str| match &target {
            _ if target.attribute() != argument => Field::Null,
            Target::Publisher(identifier) => identifier.as_str().into(),
            Target::Group(group) => group.as_str().into(),
        };
        Ok(Imported {
            state: Model {
                id: target.id().into(),
                cluster_identifier: named("cluster_identifier"),
                db_instance_identifier: named("db_instance_identifier"),
                db_cluster_parameter_group_name: named("db_cluster_parameter_group_name"),
                db_parameter_group_name: named("db_parameter_group_name"),
                ..Model::with_defaults(region.map(str::to_owned).into())
            },
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        })
    }
}

impl Model {
    /// A state of which only the Region is known: the arguments' defaults where AWS has no say.
    fn with_defaults(region: Field<String>) -> Self {
        Self {
            id: Field::Null,
            cluster_identifier: Field::Null,
            db_instance_identifier: Field::Null,
            db_cluster_parameter_group_name: Field::Null,
            db_parameter_group_name: Field::Null,
            region,
            enabled: Field::Null,
            on_destroy: "reset".into(),
            wait_for_in_sync: true.into(),
            check_prerequisites: "apply".into(),
            expected_cluster_identifiers: Field::Null,
            parameter_group_name: Field::Null,
            parameter_group_family: Field::Null,
            timeouts: Field::Null,
        }
    }
}

/// What an update may change: the group, or which thing is named. What is not known yet is taken to be
/// what the state names.
fn plan_update(
    config: &Model,
    prior: &Model,
    connections: &Connections,
    response: &mut PlanResponse<Model>,
) {
    let planned = &mut response.planned;
    if !is_same(config, prior, connections) {
        planned.parameter_group_name = Field::Unknown;
        planned.parameter_group_family = Field::Unknown;
        for attribute in ARGUMENTS.into_iter().chain(["region"]) {
            response.requires_replace.push(attribute.into());
        }
        return;
    }
    let names_group = matches!(Target::of(config), Some(Target::Group(_)));
    if planned.enabled != prior.enabled && !names_group {
        // By the time of the apply the publisher may have moved to another group.
        planned.parameter_group_name = Field::Unknown;
        planned.parameter_group_family = Field::Unknown;
    }
}

/// Whether a configuration names what a state does, in the same way or by its group, as far as that
/// is known.
fn is_same(config: &Model, prior: &Model, connections: &Connections) -> bool {
    connections.may_be_same_region(&prior.region, &config.region)
        && match Target::of(config) {
            Some(target) if target.is_named_by(prior) => true,
            Some(Target::Group(name)) => {
                known_group(prior).is_some_and(|known| known.is_same(&name))
            }
            Some(Target::Publisher(_)) => false,
            None => may_name(config, prior),
        }
}

fn is_on(enabled: &Field<bool>) -> bool {
    enabled.known().copied().unwrap_or(true)
}
