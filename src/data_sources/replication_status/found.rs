//! What AWS and the running server say of a publisher.

use std::{collections::BTreeMap, time::Duration};

use tfplugin::{Context, Diagnostic};

use super::{MemberModel, Model};
use crate::{
    aws::{
        self, Clients,
        rds::{
            lookup,
            parameter_group::{self, Parameter, ReplicationParameters, switch_value},
            publisher::{Identifier, Publisher},
            wait::is_down,
        },
    },
    connection::{Database, DatabaseRef},
    diagnostics,
    operation::Operation,
    prerequisites::{self, Prerequisite},
    scope::Scope,
};

/// How long the database may take: AWS's part is worth having without it.
const SERVER_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What AWS says of a publisher that is there.
pub(super) struct Found {
    pub(super) publisher: Publisher,
    /// `None` when the group is not there.
    parameters: Option<ReplicationParameters>,
    /// `DBInstanceStatus` by identifier in lower case; `None` when that may not be read.
    statuses: Option<BTreeMap<String, String>>,
}

impl Found {
    /// Reads it; `None` when the publisher is not there.
    pub(super) async fn read(
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<Option<Self>, aws::Error> {
        let Some(publisher) = lookup::find(clients, scope, identifier).await? else {
            return Ok(None);
        };
        let group = &publisher.parameter_group;
        Ok(Some(Self {
            parameters: parameter_group::find_replication_parameters(clients, scope, group).await?,
            statuses: lookup::member_statuses(clients, scope, &publisher).await?,
            publisher,
        }))
    }

    fn status_of(&self, member: &str) -> Option<&str> {
        let status = self.statuses.as_ref()?.get(&member.to_lowercase())?;
        Some(status)
    }

    fn parameter(&self) -> Option<&Parameter> {
        self.parameters.as_ref()?.iam_auth_for_replication.as_ref()
    }

    fn prerequisites(&self, running: Running) -> Vec<Prerequisite> {
        let publisher = &self.publisher;
        let group = &publisher.parameter_group;
        let mut all = prerequisites::of_publisher(publisher);
        match &self.parameters {
            None => all.push(prerequisites::absent_group(group)),
            Some(parameters) => all.extend(prerequisites::of_group(
                group,
                parameters,
                std::slice::from_ref(publisher),
            )),
        }
        if let Some(is_on) = running.logical_replication {
            prerequisites::take_in_server(&mut all, is_on);
        }
        all
    }

    /// Whether the parameter is 1 and all that can have applied it have. A member whose status may not
    /// be read counts as available, as it does for the wait after a change.
    fn is_in_effect(&self, running: Running) -> bool {
        let is_on = self.parameter().is_some_and(|one| one.is_on());
        let mut available = self
            .publisher
            .members
            .iter()
            .filter(|member| !self.status_of(&member.identifier).is_some_and(is_down))
            .peekable();
        is_on
            && !is_down(&self.publisher.status)
            && running.iam_auth_for_replication != Some(false)
            && available.peek().is_some()
            && available.all(|member| member.parameter_group_status == "in-sync")
    }

    fn members(&self) -> Vec<MemberModel> {
        let mut members: Vec<_> = self.publisher.members.iter().collect();
        members.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        members
            .into_iter()
            .map(|member| MemberModel {
                identifier: member.identifier.as_str().into(),
                writer: member.is_writer.into(),
                status: self.status_of(&member.identifier).map(str::to_owned).into(),
                apply_status: member.parameter_group_status.as_str().into(),
            })
            .collect()
    }

    /// The state of what is there.
    pub(super) fn into_state(self, config: Model, running: Running) -> Model {
        let logical = self
            .parameters
            .as_ref()
            .and_then(|found| found.logical_replication.as_ref());
        let publisher = &self.publisher;
        let pending = publisher
            .pending_iam_database_authentication_enabled
            .filter(|pending| *pending != publisher.iam_database_authentication_enabled);
        let prerequisites = self.prerequisites(running);
        Model {
            parameter_value: self
                .parameter()
                .map(|one| switch_value(one.is_on()).to_owned())
                .into(),
            effective_value: running
                .iam_auth_for_replication
                .map(|is_on| switch_value(is_on).to_owned())
                .into(),
            in_effect: self.is_in_effect(running).into(),
            members: self.members().into(),
            engine_version: publisher.engine_version.as_str().into(),
            iam_database_authentication: publisher.iam_database_authentication_enabled.into(),
            iam_database_authentication_pending: pending.into(),
            logical_replication: logical.map(|one| one.is_on()).into(),
            resource_id: publisher.resource_id.as_str().into(),
            endpoint: publisher.endpoint.clone().into(),
            port: publisher.port.into(),
            ..config.with_prerequisites(prerequisites)
        }
    }
}

/// What the running server shows; `None` where it is not asked or does not show it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Running {
    iam_auth_for_replication: Option<bool>,
    logical_replication: Option<bool>,
}

impl Running {
    /// Asks the server.
    pub(super) async fn read(
        database: &Database,
        context: &Context,
        timeout: Duration,
    ) -> Result<Self, Diagnostic> {
        let timeout = timeout.min(SERVER_READ_TIMEOUT);
        let operation = &Operation::new(context, "Look At The Running Server", timeout);
        let scope = operation.scope();
        let endpoint = database
            .endpoint(scope)
            .await
            .map_err(|error| diagnostics::connection(operation, &DatabaseRef::default(), &error))?;
        let connector = &endpoint.connector;
        let snapshot = connector
            .snapshot(scope)
            .await
            .map_err(|error| diagnostics::server(operation, &endpoint, &error))?;
        Ok(Self {
            iam_auth_for_replication: snapshot.iam_auth_for_replication,
            logical_replication: snapshot.logical_replication,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::rds::{
            parameter_group::{ApplyType, IAM_AUTH_FOR_REPLICATION},
            publisher::Member,
        },
        prerequisites::tests::publisher,
    };

    const ON: Running = Running {
        iam_auth_for_replication: Some(true),
        logical_replication: Some(true),
    };

    /// A cluster with the parameter on, and members with the status of their group and their own.
    fn found(members: &[(&str, &str)]) -> Found {
        let named = || (1..).map(|number| format!("orders-{number}")).zip(members);
        let parameter = Parameter {
            name: IAM_AUTH_FOR_REPLICATION.to_owned(),
            value: Some("1".to_owned()),
            source: None,
            apply_type: ApplyType::Dynamic,
            is_modifiable: true,
            data_type: None,
            allowed_values: None,
        };
        Found {
            publisher: Publisher {
                members: named()
                    .map(|(identifier, (group, _))| Member {
                        is_writer: identifier == "orders-1",
                        identifier,
                        parameter_group_status: (*group).to_owned(),
                    })
                    .collect(),
                ..publisher()
            },
            parameters: Some(ReplicationParameters {
                iam_auth_for_replication: Some(parameter),
                logical_replication: None,
            }),
            statuses: Some(
                named()
                    .map(|(identifier, (_, own))| (identifier, (*own).to_owned()))
                    .collect(),
            ),
        }
    }

    #[test]
    fn effect_counts_available_members_alone_and_needs_one() {
        let in_sync = ("in-sync", "available");
        for (members, expected) in [
            (vec![in_sync, in_sync], true),
            (vec![in_sync, ("applying", "available")], false),
            (vec![in_sync, ("pending-reboot", "available")], false),
            (vec![in_sync, ("pending-reboot", "stopped")], true),
            (vec![("in-sync", "stopped")], false),
            (vec![], false),
        ] {
            let found = found(&members);
            assert_eq!(
                found.is_in_effect(Running::default()),
                expected,
                "{members:?}"
            );
        }
        // Who may not read a member's status takes it for available.
        let mut denied = found(&[in_sync, ("pending-reboot", "stopped")]);
        denied.statuses = None;
        assert!(!denied.is_in_effect(ON));
    }

    #[test]
    fn effect_needs_the_parameter_the_cluster_and_the_server_where_it_is_asked() {
        let off = Running {
            iam_auth_for_replication: Some(false),
            ..ON
        };
        let mut orders = found(&[("in-sync", "available")]);
        assert!(orders.is_in_effect(ON));
        assert!(!orders.is_in_effect(off));
        orders.publisher.status = "stopped".to_owned();
        assert!(!orders.is_in_effect(ON));
        let mut orders = found(&[("in-sync", "available")]);
        orders.parameters = None;
        assert!(!orders.is_in_effect(ON));
        let names: Vec<_> = orders
            .prerequisites(ON)
            .into_iter()
            .filter(|one| one.verdict != prerequisites::Verdict::Met)
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["parameter_group"]);
    }
}
