//! Changes of one parameter in a group: each names it, and no other.

use aws_sdk_rds::types::Parameter as Described;

use super::{ApplyType, GroupKind, GroupName, find_parameter, switch_value};
use crate::aws::{Clients, Error, Scope, call::Call, error::codes};

/// Switches one boolean parameter on or off, and no other. Waits while the group is busy with another change.
///
/// # Errors
/// When AWS does not accept the change. After a cancellation or a timeout an answer that is on its
/// way is still waited for, a few seconds at most; without one it is not known whether AWS accepted.
pub async fn modify(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
    is_on: bool,
    apply_type: ApplyType,
) -> Result<(), Error> {
    let client = clients.rds(scope).await?;
    let parameter = Described::builder()
        .parameter_name(name)
        .parameter_value(switch_value(is_on))
        .apply_method(apply_type.method())
        .build();
    let modified = match group.kind {
        GroupKind::Cluster => Call::change("rds:ModifyDBClusterParameterGroup", group.as_str())
            .while_busy(codes::GROUP_BUSY)
            .run(clients, scope, || {
                client
                    .modify_db_cluster_parameter_group()
                    .db_cluster_parameter_group_name(group.as_str())
                    .parameters(parameter.clone())
                    .send()
            })
            .await
            .map(|_| ()),
        GroupKind::Instance => Call::change("rds:ModifyDBParameterGroup", group.as_str())
            .while_busy(codes::GROUP_BUSY)
            .run(clients, scope, || {
                client
                    .modify_db_parameter_group()
                    .db_parameter_group_name(group.as_str())
                    .parameters(parameter.clone())
                    .send()
            })
            .await
            .map(|_| ()),
    };
    clients.cache().clear();
    unless_made(clients, scope, group, name, is_on, modified).await
}

/// The outcome of a change. Where its answer was lost, AWS may have made it all the same: what holds then
/// tells.
async fn unless_made(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
    is_on: bool,
    changed: Result<(), Error>,
) -> Result<(), Error> {
    match changed {
        Err(error) if error.is_network() => {
            let now = find_parameter(clients, scope, group, name).await;
            match now {
                Ok(Some(parameter)) if parameter.is_on() == is_on => Ok(()),
                _ => Err(error),
            }
        }
        changed => changed,
    }
}

/// Sets one parameter to its default, and no other. Waits while the group is busy with another
/// change.
///
/// # Errors
/// As [`modify`].
pub async fn reset(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
    apply_type: ApplyType,
) -> Result<(), Error> {
    let client = clients.rds(scope).await?;
    let parameter = Described::builder()
        .parameter_name(name)
        .apply_method(apply_type.method())
        .build();
    // Absent, `ResetAllParameters` can mean that all of them are reset.
    let reset = match group.kind {
        GroupKind::Cluster => Call::change("rds:ResetDBClusterParameterGroup", group.as_str())
            .while_busy(codes::GROUP_BUSY)
            .run(clients, scope, || {
                client
                    .reset_db_cluster_parameter_group()
                    .db_cluster_parameter_group_name(group.as_str())
                    .reset_all_parameters(false)
                    .parameters(parameter.clone())
                    .send()
            })
            .await
            .map(|_| ()),
        GroupKind::Instance => Call::change("rds:ResetDBParameterGroup", group.as_str())
            .while_busy(codes::GROUP_BUSY)
            .run(clients, scope, || {
                client
                    .reset_db_parameter_group()
                    .db_parameter_group_name(group.as_str())
                    .reset_all_parameters(false)
                    .parameters(parameter.clone())
                    .send()
            })
            .await
            .map(|_| ()),
    };
    clients.cache().clear();
    unless_made(clients, scope, group, name, false, reset).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::testing::{Server, ok, scope};

    const NAME: &str = "rds.iam_auth_for_replication";

    async fn changes() -> (Server, Clients) {
        let server = Server::start(|request| ok(&request.action, "")).await;
        let clients = server.clients();
        (server, clients)
    }

    fn expected(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[tokio::test]
    async fn modify_sends_one_parameter_with_the_method_of_its_type() {
        for (apply_type, method) in [
            (ApplyType::Dynamic, "immediate"),
            (ApplyType::Static, "pending-reboot"),
        ] {
            let (server, clients) = changes().await;
            modify(
                &clients,
                &scope(),
                &GroupName::cluster("g"),
                NAME,
                true,
                apply_type,
            )
            .await
            .unwrap();
            assert_eq!(
                server.requests()[0].parameters,
                expected(&[
                    ("Action", "ModifyDBClusterParameterGroup"),
                    ("Version", "2014-10-31"),
                    ("DBClusterParameterGroupName", "g"),
                    ("Parameters.Parameter.1.ParameterName", NAME),
                    ("Parameters.Parameter.1.ParameterValue", "1"),
                    ("Parameters.Parameter.1.ApplyMethod", method),
                ])
            );
        }
    }

    #[tokio::test]
    async fn reset_names_one_parameter_and_not_all() {
        let (server, clients) = changes().await;
        reset(
            &clients,
            &scope(),
            &GroupName::cluster("g"),
            NAME,
            ApplyType::Dynamic,
        )
        .await
        .unwrap();
        assert_eq!(
            server.requests()[0].parameters,
            expected(&[
                ("Action", "ResetDBClusterParameterGroup"),
                ("Version", "2014-10-31"),
                ("DBClusterParameterGroupName", "g"),
                ("ResetAllParameters", "false"),
                ("Parameters.Parameter.1.ParameterName", NAME),
                ("Parameters.Parameter.1.ApplyMethod", "immediate"),
            ])
        );
    }
}
