//! The parameter where it is: its group, its value, and whether it can be changed.

use tfplugin::Diagnostic;

use super::{Model, PARAMETER, is_on, target::Target};
use crate::{
    aws::{
        Clients,
        rds::{
            db_cluster,
            parameter_group::{self, Parameter, ParameterGroup},
        },
    },
    diagnostics,
    scope::Scope,
};

/// The parameter where it is now.
pub(super) struct Place {
    pub(super) group: ParameterGroup,
    parameter: Parameter,
}

impl Place {
    /// The value to write, when the one that holds is another.
    pub(super) fn change_to(&self, planned: &Model) -> Option<&'static str> {
        let wanted = if is_on(&planned.enabled) { "1" } else { "0" };
        (value_of(&self.parameter) != wanted).then_some(wanted)
    }

    /// Writes the planned value unless it holds already.
    pub(super) async fn set(
        &self,
        clients: &Clients,
        scope: &Scope,
        planned: &Model,
        operation: &str,
    ) -> Result<(), Diagnostic> {
        let Some(value) = self.change_to(planned) else {
            return Ok(());
        };
        let apply_type = self.parameter.apply_type;
        parameter_group::modify(
            clients,
            scope,
            &self.group.name,
            PARAMETER,
            value,
            apply_type,
        )
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at("enabled"))
    }

    /// The state after the planned value was set.
    pub(super) fn into_state(self, planned: Model) -> Model {
        Model {
            parameter_group_name: self.group.name.into(),
            parameter_group_family: self.group.family.into(),
            ..planned
        }
    }
}

/// Finds the group and the parameter in it, and refuses what cannot be changed.
pub(super) async fn find_place(
    clients: &Clients,
    scope: &Scope,
    planned: &Model,
    operation: &str,
) -> Result<Place, Diagnostic> {
    let target = Target::of(planned).ok_or_else(|| {
        Diagnostic::error(
            operation,
            "Neither a cluster nor a parameter group is named.",
        )
    })?;
    let at = target.attribute();
    let blame = |detail: String| Diagnostic::error(operation, detail).at(at);
    let group_name = match &target {
        Target::Group(name) => name.clone(),
        Target::Cluster(identifier) => db_cluster::find_now(clients, scope, identifier)
            .await
            .map_err(|error| diagnostics::aws(operation, &error).at(at))?
            .ok_or_else(|| {
                blame(format!(
                    "There is no DB cluster {identifier:?} in {}. Check the identifier, the Region and the account.",
                    clients.place()
                ))
            })?
            .parameter_group_name,
    };
    if parameter_group::is_default_group(&group_name) {
        return Err(blame(format!(
            "The parameter group {group_name:?} is a default group, and AWS lets nobody modify those. Create a DB \
             cluster parameter group of the same family, associate it with the cluster, reboot the writer once so \
             that the group takes effect, and apply again."
        )));
    }
    let group = parameter_group::find_group(clients, scope, &group_name)
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at(at))?
        .ok_or_else(|| {
            blame(format!(
                "There is no DB cluster parameter group {group_name:?} in {}. Check the name, the Region and the \
                 account; a DB parameter group (of an instance) is another thing.",
                clients.place()
            ))
        })?;
    let parameter = parameter_group::find_parameter(clients, scope, &group_name, PARAMETER)
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at(at))?
        .ok_or_else(|| {
            blame(format!(
                "The family {:?} of the parameter group {group_name:?} has no parameter {PARAMETER}. IAM \
                 authentication for replication connections needs Aurora PostgreSQL 11 or higher, in a minor \
                 version that offers it: upgrade the engine, or check that the group is one of PostgreSQL.",
                group.family
            ))
        })?;
    if !parameter.is_modifiable {
        return Err(blame(format!(
            "AWS says that {PARAMETER} cannot be modified in the family {:?} of the parameter group {group_name:?}.",
            group.family
        )));
    }
    Ok(Place { group, parameter })
}

/// The value that holds: without one the engine's default rules, which is 0.
pub(super) fn value_of(parameter: &Parameter) -> &str {
    match parameter.value.as_deref() {
        Some("1" | "on" | "true") => "1",
        _ => "0",
    }
}
