//! Where a value is in effect, and the wait for it.

use tfplugin::{Diagnostic, Diagnostics};

use super::{Model, PARAMETER, blast_radius, target::Target};
use crate::{
    aws::{
        Clients,
        rds::{
            lookup,
            parameter_group::{GroupKind, GroupName},
            publisher::{Identifier, Publisher},
            wait,
        },
    },
    diagnostics,
    operation::Operation,
    rds_name,
    scope::Scope,
};

/// Waits until the change is in effect on the publishers that the resource answers for. What comes
/// back as an error says that it is not known to be.
pub(super) async fn wait_until_applied(
    clients: &Clients,
    scope: &Scope,
    planned: &Model,
    group: &GroupName,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let publishers = match Target::from_model(planned) {
        Some(Target::Publisher(identifier)) => {
            diagnostics.extend(neighbours(clients, scope, planned, &identifier, group).await);
            vec![identifier]
        }
        Some(target @ Target::Group(_)) => {
            match lookup::list_with_parameter_group(clients, scope, group).await {
                Ok(Some(publishers)) if publishers.is_empty() => {
                    diagnostics.push(unused(group).at(target.attribute()));
                    return diagnostics;
                }
                Ok(Some(publishers)) => publishers.iter().map(Publisher::name).collect(),
                Ok(None) => {
                    diagnostics.push(not_listed(group));
                    return diagnostics;
                }
                Err(error) => {
                    diagnostics.push(diagnostics::not_known_in_effect(PARAMETER, group, &error));
                    return diagnostics;
                }
            }
        }
        None => Vec::new(),
    };
    if planned.wait_for_in_sync.known() == Some(&false) {
        return diagnostics;
    }
    for identifier in publishers {
        match wait::wait_in_sync(clients, scope, &identifier).await {
            Ok(outcome) => {
                diagnostics.extend(diagnostics::in_sync(PARAMETER, group, &identifier, outcome))
            }
            Err(error) => {
                diagnostics.push(diagnostics::not_known_in_effect(PARAMETER, group, &error))
            }
        }
    }
    diagnostics
}

/// A warning that nothing uses the group.
fn unused(group: &GroupName) -> Diagnostic {
    let thing = match group.kind() {
        GroupKind::Cluster => "DB cluster",
        GroupKind::Instance => "DB instance",
    };
    Diagnostic::warning(
        "Parameter Group Not Used",
        format!(
            "{PARAMETER} is set in the {group}, but no {thing} uses that group, so nothing is in effect anywhere. A \
             {thing} that is associated with it later needs a reboot."
        ),
    )
}

/// A warning that the caller may not see what uses the group.
fn not_listed(group: &GroupName) -> Diagnostic {
    let (things, action, argument) = match group.kind() {
        GroupKind::Cluster => (
            "clusters",
            "rds:DescribeDBClusters on all clusters",
            "cluster_identifier",
        ),
        GroupKind::Instance => (
            "instances",
            "rds:DescribeDBInstances on all instances",
            "db_instance_identifier",
        ),
    };
    Diagnostic::warning(
        "Users Of The Parameter Group Not Listed",
        format!(
            "{PARAMETER} is set in the {group}. Which {things} use that group, and whether they have applied it, is \
             not known: {action} was denied. Name one with `{argument}` to wait for it."
        ),
    )
}

/// A warning that names the other publishers that a change of a shared group has reached. Who may
/// not list them goes on without it.
async fn neighbours(
    clients: &Clients,
    scope: &Scope,
    planned: &Model,
    identifier: &Identifier,
    group: &GroupName,
) -> Option<Diagnostic> {
    let users = lookup::list_with_parameter_group(clients, scope, group)
        .await
        .ok()??;
    let target = Target::Publisher(identifier.clone());
    let others = blast_radius::unexpected(&target, &users, planned);
    (!others.is_empty()).then(|| {
        Diagnostic::warning(
            "Parameter Group Shared",
            format!(
                "The {group} of the {identifier} is also that of {}: what is set in it holds there, too.",
                others.join(", ")
            ),
        )
        .at(rds_name::argument(identifier))
    })
}

/// A warning that the publisher uses another group than the one the state knows.
pub(super) fn moved(left: &GroupName, group: &GroupName) -> Diagnostic {
    Diagnostic::warning(
        "Another Parameter Group In Use",
        format!(
            "The publisher moved from the {left} to the {group}. {PARAMETER} stays as it was set in {:?}, which is no \
             longer touched from here; from now on the parameter is managed in {:?}.",
            left.as_str(),
            group.as_str()
        ),
    )
}

/// That the publisher uses another group than the plan named, whose blast radius nobody has seen.
pub(super) fn moved_since_plan(
    operation: &Operation,
    target: &Target,
    planned: &GroupName,
    group: &GroupName,
) -> Diagnostic {
    operation.error(format!(
        "The plan is to change {PARAMETER} in the {planned}, and the {target} uses the {group} by now. Nothing was \
         changed: what is applied is what was planned. Plan again, and the plan shows what a change of {:?} \
         reaches.",
        group.as_str()
    ))
}

/// A warning that names the members on which the value is not in effect.
pub(super) fn not_in_effect(publisher: &Publisher) -> Option<Diagnostic> {
    let waiting: Vec<String> = publisher
        .members
        .iter()
        .filter(|member| member.parameter_group_status != "in-sync")
        .map(|member| format!("{} ({})", member.identifier, member.parameter_group_status))
        .collect();
    (!waiting.is_empty()).then(|| {
        Diagnostic::warning(
            "Replication Parameter Not In Effect Everywhere",
            format!(
                "{PARAMETER} is 1 in the {}, but the group is not in sync on {}. `pending-reboot` \
                 may come from another parameter of the group, or from a group that was associated since the last \
                 reboot; a reboot of those members applies all of it.",
                publisher.parameter_group,
                waiting.join(", ")
            ),
        )
    })
}
