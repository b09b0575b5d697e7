//! Where a value is in effect, and the wait for it.

use tfplugin::{Diagnostic, Diagnostics};

use super::{Model, PARAMETER, target::Target};
use crate::{
    aws::{
        Clients,
        rds::{
            db_cluster::{self, DbCluster},
            wait,
        },
    },
    diagnostics,
    scope::Scope,
};

/// Waits until the change is in effect on the clusters that the resource answers for. What comes
/// back as an error says that it is not known to be.
pub(super) async fn settle(
    clients: &Clients,
    scope: &Scope,
    planned: &Model,
    group_name: &str,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let clusters = match Target::of(planned) {
        Some(Target::Cluster(identifier)) => {
            diagnostics.extend(neighbours(clients, scope, &identifier, group_name).await);
            vec![identifier]
        }
        Some(Target::Group(name)) => {
            match db_cluster::list_with_parameter_group(clients, scope, &name).await {
                Ok(Some(clusters)) if clusters.is_empty() => {
                    diagnostics.push(
                        Diagnostic::warning(
                            "No Cluster Uses The Parameter Group",
                            format!(
                                "{PARAMETER} is set in {name:?}, but no DB cluster uses that group, so nothing is in \
                                 effect anywhere. A cluster that is associated with it later needs a reboot."
                            ),
                        )
                        .at("db_cluster_parameter_group_name"),
                    );
                    return diagnostics;
                }
                Ok(Some(clusters)) => clusters
                    .into_iter()
                    .map(|cluster| cluster.identifier)
                    .collect(),
                Ok(None) => {
                    diagnostics.push(Diagnostic::warning(
                        "Clusters Of The Parameter Group Not Listed",
                        format!(
                            "{PARAMETER} is set in {name:?}. Which clusters use that group, and whether they have \
                             applied it, is not known: rds:DescribeDBClusters on all clusters was denied. Name the \
                             cluster with `cluster_identifier` to wait for it."
                        ),
                    ));
                    return diagnostics;
                }
                Err(error) => {
                    diagnostics.push(diagnostics::aws("Wait For Parameter", &error));
                    return diagnostics;
                }
            }
        }
        None => Vec::new(),
    };
    if planned.wait_for_in_sync.known() == Some(&false) {
        return diagnostics;
    }
    for identifier in clusters {
        match wait::wait_in_sync(clients, scope, &identifier).await {
            Ok(outcome) => diagnostics.extend(diagnostics::in_sync(
                PARAMETER,
                group_name,
                &identifier,
                outcome,
            )),
            Err(error) => diagnostics.push(diagnostics::aws("Wait For Parameter", &error)),
        }
    }
    diagnostics
}

/// A warning that names the other clusters that a change of a shared group has reached. Who may not
/// list clusters goes on without it.
async fn neighbours(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
    group_name: &str,
) -> Option<Diagnostic> {
    let users = db_cluster::list_with_parameter_group(clients, scope, group_name)
        .await
        .ok()??;
    let others: Vec<String> = users
        .into_iter()
        .map(|cluster| cluster.identifier)
        .filter(|other| !other.eq_ignore_ascii_case(identifier))
        .collect();
    (!others.is_empty()).then(|| {
        Diagnostic::warning(
            "Parameter Group Shared",
            format!(
                "The parameter group {group_name:?} of {identifier:?} is also that of {}: what is set in it holds \
                 there, too.",
                others.join(", ")
            ),
        )
        .at("cluster_identifier")
    })
}

/// A warning that names the members on which the value is not in effect.
pub(super) fn not_in_effect(cluster: &DbCluster) -> Option<Diagnostic> {
    let waiting: Vec<String> = cluster
        .members
        .iter()
        .filter(|member| member.parameter_group_status != "in-sync")
        .map(|member| format!("{} ({})", member.identifier, member.parameter_group_status))
        .collect();
    (!waiting.is_empty()).then(|| {
        Diagnostic::warning(
            "Replication Parameter Not In Effect Everywhere",
            format!(
                "{PARAMETER} is 1 in the parameter group {:?}, but the group is not in sync on {}. `pending-reboot` \
                 may come from another parameter of the group, or from a group that was associated since the last \
                 reboot; a reboot of those members applies all of it.",
                cluster.parameter_group_name,
                waiting.join(", ")
            ),
        )
    })
}
