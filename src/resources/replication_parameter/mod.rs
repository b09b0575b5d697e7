//! `rdsiam_replication_parameter`: the one parameter `rds.iam_auth_for_replication` in a parameter
//! group of a DB cluster or DB instance.
//!
//! It never owns the group, nor any other parameter in it.

mod another;
mod blast_radius;
mod claimed;
mod destroy;
mod effect;
mod identity;
mod left_behind;
mod located;
mod model;
mod plan;
mod precheck;
mod target;
mod whereabouts;

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Model as _, Private, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::Schema,
    timeouts,
};

use crate::{
    aws::rds::{
        lookup,
        parameter_group::{self, GroupName},
    },
    claims::{self, Deletion},
    connection::DatabaseArguments,
    diagnostics,
    operation::Operation,
    provider::Configured,
    region,
    resources::last_seen::{confirm_gone, mark_imported},
};

pub use self::model::Model;
use self::{
    effect::{moved, moved_since_plan, not_in_effect, wait_until_applied},
    located::locate_group,
    target::{Target, known_group},
    whereabouts::{check_group_to_read, check_publisher, group_not_listed, parameter_not_listed},
};

/// The parameter, in AWS's words.
const PARAMETER: &str = parameter_group::IAM_AUTH_FOR_REPLICATION;
/// What an import is called.
const IMPORT: &str = "Import Replication Parameter";
/// How long a change may take to reach all members, unless configured.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How long reading may take, unless configured.
const READ_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// The resource.
pub struct ReplicationParameter;

#[async_trait]
impl Resource<Configured> for ReplicationParameter {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_parameter"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn plan(
        &self,
        context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        plan::plan(context, provider, request).await
    }

    async fn plan_destroy(
        &self,
        context: &Context,
        provider: &Configured,
        prior: Model,
        private: &Private,
    ) -> Diagnostics {
        let mut diagnostics = plan::plan_destroy(context, provider, &prior, private).await;
        diagnostics.extend(left_behind::warning(&prior, private, is_on(&prior.enabled)));
        diagnostics
    }

    async fn create(
        &self,
        context: &Context,
        provider: &Configured,
        request: CreateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        let timeout = timeouts::of(&request.planned.timeouts).create(TIMEOUT);
        let operation = &Operation::new(context, "Create Replication Parameter", timeout);
        let scope = operation.scope();
        let clients = &provider.clients_for(operation, &request.planned.publisher.region)?;
        let planned = request.planned;
        let located = locate_group(clients, &planned, operation).await?;
        let (group, seen) = (located.group.name.clone(), located.seen.clone());
        let target = claimed::target(clients, scope, &group)
            .await
            .map_err(|error| diagnostics::aws(operation, &error))?;
        let claim = provider
            .claims
            .claim(scope, &target)
            .await
            .map_err(|cause| claimed::refused(cause, operation, &group, &planned))?;
        let parameter = located.parameter(clients, operation).await?;
        let mut diagnostics = Diagnostics::new();
        if parameter.change_to(&planned).is_none() && is_on(&planned.enabled) {
            diagnostics.push(already_on(&group, &planned));
        }
        diagnostics.extend(precheck::at_apply(clients, operation, &planned).await?);
        if parameter.change_to(&planned).is_some() {
            blast_radius::refuse_unexpected(clients, &planned, &group, operation).await?;
        }
        parameter.set(clients, &planned, operation).await?;
        // What a replacement was given is the old object's.
        let mut private = Private::default();
        if let Some(seen) = seen {
            seen.record(&mut private);
        }
        match parameter.change_to(&planned) {
            None => claim.keep_found(&mut private),
            Some(_) => claim.keep(&mut private),
        }
        // From here on the change is done: whatever else happens is a warning beside the state.
        let waited = wait_until_applied(clients, scope, &planned, &group).await;
        diagnostics.extend(waited.into_iter().map(Diagnostic::into_warning));
        provider.databases.forget_snapshots();
        Ok(Applied::new(parameter.into_state(planned))
            .keeping(private)
            .reporting(diagnostics))
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        request: ReadRequest<Model>,
    ) -> Result<ReadResponse<Model>, Diagnostics> {
        provider.note_refresh();
        let (mut state, mut private) = (request.state.without_arns(), request.private);
        let response = |state, private, diagnostics| {
            ReadResponse::from(state)
                .keeping(private)
                .reporting(diagnostics)
        };
        let Some(clients) = &provider.clients(&state.publisher.region) else {
            return Ok(response(Some(state), private, Diagnostics::new()));
        };
        let timeout = timeouts::of(&state.timeouts).read(READ_TIMEOUT);
        let operation = &Operation::look(context, "Read Replication Parameter", timeout);
        let scope = operation.scope();
        let mut warnings = Diagnostics::new();
        let Some(target) = Target::from_model(&state) else {
            return Err(operation.error(
                "The state names neither a cluster nor an instance nor a parameter group. Remove the resource from the state and \
                 import it again.",
            )
            .into());
        };
        let at = target.attribute();
        let (group, publisher) = match &target {
            Target::Group(name) => (name.clone(), None),
            Target::Publisher(identifier) => {
                let publisher = lookup::find(clients, scope, identifier)
                    .await
                    .map_err(|error| diagnostics::aws(operation, &error).at(at))?;
                let Some(publisher) = publisher else {
                    let what = identifier.to_string();
                    confirm_gone(clients, &private, operation, &what)
                        .await
                        .map_err(|error| error.at(at))?;
                    return Ok(response(None, private, warnings));
                };
                check_publisher(&mut private, &publisher, operation)
                    .map_err(|error| error.at(at))?;
                (publisher.parameter_group.clone(), Some(publisher))
            }
        };
        let parameters = parameter_group::find_replication_parameters(clients, scope, &group)
            .await
            .map_err(|error| diagnostics::aws(operation, &error).at(at))?;
        match (&target, &parameters) {
            (Target::Publisher(_), _) => {}
            (Target::Group(_), None) => {
                confirm_gone(clients, &private, operation, &group.to_string())
                    .await
                    .map_err(|error| error.at(at))?;
            }
            (Target::Group(_), Some(_)) => {
                check_group_to_read(clients, &mut private, &group, operation)
                    .await
                    .map_err(|error| error.at(at))?;
            }
        }
        let Some(parameters) = parameters else {
            return Ok(response(None, private, warnings));
        };
        let known = known_group(&state);
        let is_known = known.as_ref().is_some_and(|known| known.is_same(&group));
        let Some(parameter) = parameters.iam_auth_for_replication else {
            // Of an import nothing was read yet, so that there is nothing to keep.
            if state.enabled.is_null() {
                return Ok(response(None, private, warnings));
            }
            let family = state.parameter_group_family.known().filter(|_| is_known);
            warnings.push(parameter_not_listed(&group, family).at(at));
            return Ok(response(Some(state), private, warnings));
        };
        if let Some(left) = known.as_ref().filter(|_| !is_known) {
            warnings.push(moved(left, &group).at(at));
            left_behind::record(&mut private, &state, left, &group);
        }
        let on = parameter.is_on();
        if let Some(warning) = publisher.as_ref().filter(|_| on).and_then(not_in_effect) {
            warnings.push(warning.at("enabled"));
        }
        if !is_known || state.parameter_group_family.is_null() {
            let found = parameter_group::find_group(clients, scope, &group)
                .await
                .map_err(|error| diagnostics::aws(operation, &error).at(at))?;
            match found {
                None => return Err(group_not_listed(operation, &group).at(at).into()),
                Some(found) => state.parameter_group_family = found.family.into(),
            }
        }
        claims::number(&mut private);
        state.id = target.id().into();
        state.parameter_group_name = group.to_lowercase().as_str().into();
        state.enabled = on.into();
        Ok(response(Some(state), private, warnings))
    }

    async fn update(
        &self,
        context: &Context,
        provider: &Configured,
        request: UpdateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        let timeout = timeouts::of(&request.planned.timeouts).update(TIMEOUT);
        let operation = &Operation::new(context, "Update Replication Parameter", timeout);
        let scope = operation.scope();
        another::refuse(
            &provider.databases,
            &request.planned,
            &request.prior,
            operation,
        )?;
        if request.planned.enabled == request.prior.enabled {
            // The other arguments say how to behave, not what to set.
            return Ok(Applied::new(request.planned));
        }
        let clients = &provider.clients_for(operation, &request.planned.publisher.region)?;
        let (planned, mut private) = (request.planned, request.private);
        let located = locate_group(clients, &planned, operation).await?;
        let group = located.group.name.clone();
        if let Some(target) = Target::from_model(&planned) {
            let at = target.attribute();
            if let Some(seen) = &located.seen {
                seen.refuse_another(&private, operation, &target.to_string())
                    .map_err(|error| error.at(at))?;
                seen.record(&mut private);
            }
            let left = known_group(&planned).filter(|left| !left.is_same(&group));
            if let Some(left) = left {
                return Err(moved_since_plan(operation, &target, &left, &group)
                    .at(at)
                    .into());
            }
        }
        let target = claimed::target(clients, scope, &group)
            .await
            .map_err(|error| diagnostics::aws(operation, &error))?;
        let claim = provider
            .claims
            .claim_again(scope, &target, &private)
            .await
            .map_err(|cause| claimed::refused(cause, operation, &group, &planned))?;
        let parameter = located.parameter(clients, operation).await?;
        let mut diagnostics = precheck::at_apply(clients, operation, &planned).await?;
        if parameter.change_to(&planned).is_some() {
            blast_radius::refuse_unexpected(clients, &planned, &group, operation).await?;
        }
        parameter.set(clients, &planned, operation).await?;
        claim.keep(&mut private);
        left_behind::forget(&mut private);
        diagnostics.extend(wait_until_applied(clients, scope, &planned, &group).await);
        provider.databases.forget_snapshots();
        Ok(Applied::new(parameter.into_state(planned))
            .keeping(private)
            .reporting(diagnostics))
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &Configured,
        request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        let (prior, private) = (request.prior, request.private);
        if retains(&prior) {
            return Ok(Diagnostics::new());
        }
        let warned = |resets, more: Diagnostics| -> Diagnostics {
            let left = left_behind::warning(&prior, &private, resets);
            left.into_iter().chain(more).collect()
        };
        let timeout = timeouts::of(&prior.timeouts).delete(TIMEOUT);
        let operation =
            &Operation::new(context, "Destroy Replication Parameter", timeout).on(prior.id.known());
        let scope = operation.scope();
        let clients = &provider.clients_for(operation, &prior.publisher.region)?;
        let Some(group) = known_group(&prior) else {
            return Ok(Diagnostics::new());
        };
        let failed = |error| diagnostics::aws(operation, &error);
        let target = claimed::target(clients, scope, &group)
            .await
            .map_err(failed)?;
        let deletion = provider
            .claims
            .release(scope, &target, &private)
            .await
            .map_err(|cause| claimed::refused(cause, operation, &group, &prior))?;
        let Deletion::Allowed(release) = deletion else {
            let kept = format!("{PARAMETER} stays as it is in the {group}.");
            return Ok(warned(false, Deletion::kept(&kept).into()));
        };
        if let Some(left) =
            destroy::left(clients, &prior, private.clone(), &group, operation).await?
        {
            release.done();
            return Ok(warned(false, left.into()));
        }
        let parameter = destroy::find_set(clients, &prior, &group, operation).await?;
        let Some(parameter) = parameter else {
            release.done();
            return Ok(warned(false, Diagnostics::new()));
        };
        blast_radius::refuse_unexpected(clients, &prior, &group, operation).await?;
        parameter_group::reset(clients, scope, &group, PARAMETER, parameter.apply_type)
            .await
            .map_err(failed)?;
        release.done();
        let waited = wait_until_applied(clients, scope, &prior, &group).await;
        provider.databases.forget_snapshots();
        let waited = waited.into_iter().map(Diagnostic::into_warning);
        Ok(warned(true, waited.collect()))
    }

    async fn import(
        &self,
        context: &Context,
        _provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, READ_TIMEOUT);
        // No identifier and no name of a group holds an `@`.
        let (id, region) = region::split(id);
        let target = Target::from_id(id).ok_or_else(|| {
            operation.error(format!(
                "The id {id:?} has the wrong form. Use `cluster/IDENTIFIER`, `instance/IDENTIFIER`, \
                 `cluster-parameter-group/NAME` or `parameter-group/NAME`, whichever way the configuration names \
                 it, and `@REGION` behind it when it is not in the provider's Region."
            ))
        })?;
        target.refuse_arn(operation)?;
        let named = |argument: &str| match &target {
            _ if target.attribute() != argument => Field::Null,
            Target::Publisher(identifier) => identifier.as_str().into(),
            Target::Group(group) => group.as_str().into(),
        };
        let mut private = Private::default();
        mark_imported(&mut private);
        Ok(Imported::new(Model {
            id: target.id().into(),
            publisher: DatabaseArguments {
                cluster_identifier: named("cluster_identifier"),
                db_instance_identifier: named("db_instance_identifier"),
                region: region.map(str::to_owned).into(),
            },
            db_cluster_parameter_group_name: named("db_cluster_parameter_group_name"),
            db_parameter_group_name: named("db_parameter_group_name"),
            ..Model::unread()
        })
        .keeping(private))
    }
}

fn is_on(enabled: &Field<bool>) -> bool {
    enabled.known().copied().unwrap_or(true)
}

/// Whether a destroy leaves the parameter as it is.
fn retains(model: &Model) -> bool {
    model.on_destroy.known().map(String::as_str) == Some("retain")
}

/// The warning of a create that changes nothing.
fn already_on(group: &GroupName, planned: &Model) -> Diagnostic {
    let destroy = match retains(planned) {
        true => "leave it",
        false => "set it to its default",
    };
    Diagnostic::warning(
        "Replication Parameter Already On",
        format!(
            "{PARAMETER} was 1 already in the {group} and is now managed here. A destroy will {destroy}."
        ),
    )
    .at("enabled")
}
