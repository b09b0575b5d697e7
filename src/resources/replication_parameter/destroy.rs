//! What a destroy leaves alone, as the group that a publisher does not use any more, and what it resets.

use tfplugin::{Diagnostic, Private};

use super::{
    Model, PARAMETER,
    target::Target,
    whereabouts::{check_group, check_publisher, not_listed},
};
use crate::{
    aws::{
        Clients,
        rds::{
            lookup,
            parameter_group::{self, GroupName, Parameter},
        },
    },
    diagnostics,
    operation::Operation,
    resources::last_seen::confirm_gone,
};

/// Why the group of a resource that is being destroyed is left as it is; `None` when it is not.
///
/// # Errors
/// When what the state names was last seen in another Region or account; or AWS does not tell.
pub(super) async fn left(
    clients: &Clients,
    prior: &Model,
    mut private: Private,
    group: &GroupName,
    operation: &Operation,
) -> Result<Option<Diagnostic>, Diagnostic> {
    let scope = operation.scope();
    let Some(target) = Target::from_model(prior) else {
        return Ok(None);
    };
    let at = target.attribute();
    let failed = |error| diagnostics::aws(operation, &error).at(at);
    let left = match &target {
        Target::Group(_) => {
            let there = parameter_group::find_replication_parameters_now(clients, scope, group)
                .await
                .map_err(failed)?;
            match there {
                Some(_) => check_group(clients, &mut private, group, operation).await,
                None => confirm_gone(clients, &private, operation, &group.to_string()).await,
            }
            .map_err(|error| error.at(at))?;
            return Ok(None);
        }
        Target::Publisher(identifier) => {
            let what = identifier.to_string();
            let found = lookup::find_now(clients, scope, identifier)
                .await
                .map_err(failed)?;
            match found {
                None => {
                    confirm_gone(clients, &private, operation, &what)
                        .await
                        .map_err(|error| error.at(at))?;
                    format!("The {what} is gone")
                }
                Some(publisher) => {
                    check_publisher(&mut private, &publisher, operation)
                        .map_err(|error| error.at(at))?;
                    if publisher.parameter_group.is_same(group) {
                        return Ok(None);
                    }
                    format!("The {what} now uses the {}", publisher.parameter_group)
                }
            }
        }
    };
    Ok(Some(
        Diagnostic::warning(
            "Replication Parameter Left As It Is",
            format!(
                "{left}. A group that is no longer in use there is never touched, so {PARAMETER} stays as it is in the \
                 {group}."
            ),
        )
        .at(at),
    ))
}

/// The parameter that is to be reset; `None` when the group is gone, or the parameter off.
///
/// # Errors
/// When the group is there and the parameter is not listed in it; or AWS does not tell.
pub(super) async fn find_set(
    clients: &Clients,
    prior: &Model,
    group: &GroupName,
    operation: &Operation,
) -> Result<Option<Parameter>, Diagnostic> {
    let scope = operation.scope();
    let found = parameter_group::find_replication_parameters_now(clients, scope, group)
        .await
        .map_err(|error| diagnostics::aws(operation, &error))?;
    let Some(found) = found else {
        return Ok(None);
    };
    let parameter = found.iam_auth_for_replication.ok_or_else(|| {
        operation.error(format!(
            "{} Whether it is set there is not known, and nothing was reset. Destroy again. If AWS goes on to answer so, \
             look at the group itself, and then remove the resource from the state with `terraform state rm`.",
            not_listed(group, prior.parameter_group_family.known())
        ))
    })?;
    Ok(Some(parameter).filter(|parameter| parameter.is_on() && !group.is_default()))
}
