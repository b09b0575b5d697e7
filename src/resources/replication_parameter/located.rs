//! The group of what is named, found now, and the parameter in it.

use tfplugin::{Diagnostic, Field};

use super::{Model, PARAMETER, is_on, target::Target};
use crate::{
    aws::{
        Clients,
        rds::{
            lookup,
            parameter_group::{self, GroupKind, GroupName, Parameter, ParameterGroup},
        },
    },
    diagnostics,
    operation::Operation,
    rds_name,
    resources::last_seen::LastSeen,
};

/// The group that the parameter is in, found now.
pub(super) struct LocatedGroup {
    pub(super) group: ParameterGroup,
    /// Where what is named is.
    pub(super) seen: Option<LastSeen>,
    at: &'static str,
}

/// The parameter in its group, as it is now.
pub(super) struct LocatedParameter {
    pub(super) group: ParameterGroup,
    parameter: Parameter,
}

impl LocatedGroup {
    /// Reads the parameter, and refuses one that cannot be changed.
    ///
    /// # Errors
    /// Why it cannot be changed, or not be read.
    pub(super) async fn parameter(
        self,
        clients: &Clients,
        operation: &Operation,
    ) -> Result<LocatedParameter, Diagnostic> {
        let scope = operation.scope();
        let Self { group, at, .. } = self;
        let blame = |detail: String| operation.error(detail).at(at);
        let parameter = parameter_group::find_parameter(clients, scope, &group.name, PARAMETER)
            .await
            .map_err(|error| diagnostics::aws(operation, &error).at(at))?
            .ok_or_else(|| blame(no_parameter(&group)))?;
        if !parameter.is_modifiable {
            return Err(blame(format!(
                "AWS says that {PARAMETER} cannot be modified in the family {:?} of the {}.",
                group.family, group.name
            )));
        }
        Ok(LocatedParameter { group, parameter })
    }
}

impl LocatedParameter {
    /// Whether it is to be switched on or off; `None` when it is as planned.
    pub(super) fn change_to(&self, planned: &Model) -> Option<bool> {
        let wanted = is_on(&planned.enabled);
        (self.parameter.is_on() != wanted).then_some(wanted)
    }

    /// Writes the planned value unless it holds already.
    pub(super) async fn set(
        &self,
        clients: &Clients,
        planned: &Model,
        operation: &Operation,
    ) -> Result<(), Diagnostic> {
        let scope = operation.scope();
        let Some(on) = self.change_to(planned) else {
            return Ok(());
        };
        let apply_type = self.parameter.apply_type;
        parameter_group::modify(clients, scope, &self.group.name, PARAMETER, on, apply_type)
            .await
            .map_err(|error| diagnostics::aws(operation, &error).at("enabled"))
    }

    /// The state after the planned value was set: what was planned, and what a create could not know before.
    pub(super) fn into_state(self, planned: Model) -> Model {
        let known = |field: Field<String>, found: &str| match field {
            Field::Known(planned) => Field::Known(planned),
            Field::Null | Field::Unknown => found.into(),
        };
        Model {
            parameter_group_name: known(planned.parameter_group_name, self.group.name.as_str()),
            parameter_group_family: known(planned.parameter_group_family, &self.group.family),
            ..planned
        }
    }
}

/// Finds the group of what is named, and refuses one that nobody may change.
///
/// # Errors
/// What is not there, or cannot be read.
pub(super) async fn locate_group(
    clients: &Clients,
    planned: &Model,
    operation: &Operation,
) -> Result<LocatedGroup, Diagnostic> {
    let scope = operation.scope();
    let target = Target::from_model(planned).ok_or_else(|| {
        operation.error("Neither a cluster nor an instance nor a parameter group is named.")
    })?;
    refuse_arns(planned, &target, operation)?;
    let at = target.attribute();
    let blame = |detail: String| operation.error(detail).at(at);
    let (group_name, arn) = match &target {
        Target::Group(name) => (name.clone(), None),
        Target::Publisher(identifier) => {
            let publisher = lookup::find_now(clients, scope, identifier)
                .await
                .map_err(|error| diagnostics::aws(operation, &error).at(at))?
                .ok_or_else(|| {
                    blame(format!(
                        "There is no {identifier} in {}. Check the identifier, the Region and the account.",
                        clients.location()
                    ))
                })?;
            (publisher.parameter_group, Some(publisher.arn))
        }
    };
    if group_name.is_default() {
        return Err(blame(default_group(&group_name)));
    }
    let group = parameter_group::find_group(clients, scope, &group_name)
        .await
        .map_err(|error| diagnostics::aws(operation, &error).at(at))?
        .ok_or_else(|| {
            blame(format!(
                "There is no {group_name} in {}. Check the name, the Region and the account; {}.",
                clients.location(),
                match group_name.kind() {
                    GroupKind::Cluster => "a DB parameter group (of an instance) is another thing",
                    GroupKind::Instance => "a DB cluster parameter group is another thing",
                }
            ))
        })?;
    let seen = arn.or_else(|| group.arn.clone());
    Ok(LocatedGroup {
        seen: seen.as_deref().and_then(LastSeen::from_arn),
        group,
        at,
    })
}

/// Refuses ARNs that have become known only at apply.
fn refuse_arns(planned: &Model, target: &Target, operation: &Operation) -> Result<(), Diagnostic> {
    const EXPECTED: &str = "expected_cluster_identifiers";
    target.refuse_arn(operation)?;
    let expected = planned.expected_cluster_identifiers.known();
    expected.into_iter().flatten().try_for_each(|identifier| {
        rds_name::refuse_arn(operation, EXPECTED, &identifier.as_str().into())
    })
}

/// That the group is AWS's own, and what to do.
fn default_group(group: &GroupName) -> String {
    let (thing, reboot) = match group.kind() {
        GroupKind::Cluster => (
            "cluster",
            "reboot the writer (a Multi-AZ DB cluster as a whole)",
        ),
        GroupKind::Instance => ("instance", "reboot it"),
    };
    format!(
        "The {group} is a default group, and AWS lets nobody modify those. Create a {} of the same family, associate \
         it with the {thing}, {reboot} once so that the group takes effect, and apply again.",
        group.noun()
    )
}

/// That the group's family lacks the parameter, and why that can be.
fn no_parameter(group: &ParameterGroup) -> String {
    let ParameterGroup { name, family, .. } = group;
    if name.kind() == GroupKind::Instance && family.starts_with("aurora-") {
        return format!(
            "The family {family:?} of the {name} has no parameter {PARAMETER}: Aurora keeps it in the DB cluster \
             parameter group. Use `cluster_identifier` or `db_cluster_parameter_group_name`."
        );
    }
    format!(
        "The family {family:?} of the {name} has no parameter {PARAMETER}. IAM authentication for replication \
         connections needs PostgreSQL 11 or higher, in a minor version that offers it: upgrade the engine, or check \
         that the group is one of PostgreSQL."
    )
}
