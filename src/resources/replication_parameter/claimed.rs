//! One group, one resource: what this run has to do with the parameter in a group.
//!
//! The group is what is claimed and not the cluster, since the parameter is the group's: two clusters can
//! share it.

use tfplugin::{Diagnostic, Diagnostics, Private};

use super::{Model, PARAMETER, is_on, retains, target::Target, target::known_group};
use crate::{
    aws::{
        Clients, Error,
        rds::{
            lookup,
            parameter_group::{GroupKind, GroupName},
        },
    },
    claims::{NotClaimed, PlannedBefore, created_and_destroyed, created_twice},
    operation::Operation,
    provider::Configured,
    scope::Scope,
};

/// The text that stands for the parameter in a group. A configured provider has the credentials of one
/// account.
///
/// # Errors
/// When no Region is configured.
pub(super) async fn target(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<String, Error> {
    let region = clients.region(scope).await?;
    let kind = match group.kind() {
        GroupKind::Cluster => "cluster-pg",
        GroupKind::Instance => "pg",
    };
    let name = group.as_str().to_lowercase();
    Ok(format!("rds/{region}/{kind}/{name}/{PARAMETER}"))
}

/// That the parameter in the group is another resource's in this run, at the argument that named it.
pub(super) fn refused(
    cause: NotClaimed,
    operation: &Operation,
    group: &GroupName,
    model: &Model,
) -> Diagnostic {
    blame(model, cause.diagnostic(operation, &what(group)))
}

/// Remembers a planned create; a warning when the destruction of the same parameter is planned, too, or
/// another creation.
///
/// # Errors
/// When AWS does not tell which group that is.
pub(super) async fn plan_create(
    provider: &Configured,
    clients: &Clients,
    scope: &Scope,
    planned: &Model,
) -> Result<Option<Diagnostic>, Error> {
    let group = match Target::from_model(planned) {
        None => return Ok(None),
        Some(Target::Group(group)) => group,
        Some(Target::Publisher(identifier)) => {
            match lookup::find(clients, scope, &identifier).await? {
                None => return Ok(None),
                Some(publisher) => publisher.parameter_group,
            }
        }
    };
    let target = target(clients, scope, &group).await?;
    Ok(match provider.claims.plan_creation(&target) {
        PlannedBefore { created: true, .. } => Some(twice(&group, planned)),
        PlannedBefore { destroyed, .. } => destroyed.then(|| both(&group, planned)),
    })
}

/// Remembers a planned destruction that would switch the parameter off; a warning when its creation is
/// planned, too.
pub(super) async fn plan_destroy(
    provider: &Configured,
    clients: &Clients,
    scope: &Scope,
    prior: &Model,
    private: &Private,
) -> Diagnostics {
    let Some(group) = known_group(prior).filter(|_| is_on(&prior.enabled) && !retains(prior))
    else {
        return Diagnostics::new();
    };
    // What cannot be told is not in the way of a destroy.
    let Ok(target) = target(clients, scope, &group).await else {
        return Diagnostics::new();
    };
    match provider.claims.plan_destroy(&target, private) {
        Ok(is_created) => is_created
            .then(|| both(&group, prior))
            .into_iter()
            .collect(),
        Err(contradiction) => blame(prior, contradiction.diagnostic(&what(&group))).into(),
    }
}

/// Remembers that a resource stays which has the parameter on; says that the same plan destroys it elsewhere, or
/// that it has two addresses.
pub(super) async fn plan_keep(
    provider: &Configured,
    clients: &Clients,
    scope: &Scope,
    prior: &Model,
    private: &Private,
) -> Option<Diagnostic> {
    let group = known_group(prior)?;
    // What cannot be told is not in the way of a plan.
    let target = target(clients, scope, &group).await.ok()?;
    let contradiction = provider.claims.plan_keep(&target, private).err()?;
    Some(blame(prior, contradiction.diagnostic(&what(&group))))
}

/// Whether another resource of this run has the parameter by now: the destruction then resets nothing.
pub(super) async fn is_kept(
    provider: &Configured,
    clients: &Clients,
    scope: &Scope,
    prior: &Model,
) -> bool {
    let Some(group) = known_group(prior) else {
        return false;
    };
    let target = target(clients, scope, &group).await;
    target.is_ok_and(|target| provider.claims.has_begun(&target))
}

fn twice(group: &GroupName, model: &Model) -> Diagnostic {
    blame(model, created_twice(&what(group)))
}

fn both(group: &GroupName, model: &Model) -> Diagnostic {
    let diagnostic = created_and_destroyed(
        &what(group),
        "At the end it is as the address that is created says; if the other one comes first, it is reset in between.",
    );
    blame(model, diagnostic)
}

fn what(group: &GroupName) -> String {
    format!("parameter {PARAMETER} in the {group}")
}

fn blame(model: &Model, diagnostic: Diagnostic) -> Diagnostic {
    match Target::from_model(model) {
        Some(target) => diagnostic.at(target.attribute()),
        None => diagnostic,
    }
}
