//! Parameter groups of both kinds.

mod change;
mod parameter;

use std::{fmt, ops::ControlFlow};

use aws_sdk_rds::Client;

pub use self::{
    change::{modify, reset},
    parameter::{
        ApplyType, IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION, Parameter, ReplicationParameters,
        find_parameter, find_replication_parameters, find_replication_parameters_now, switch_value,
    },
};

use super::{next_page, pages};
use crate::aws::{Clients, Error, Scope, call::Call};

/// Which kind of parameter group. RDS keeps the two apart: a name can be used in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// A DB cluster parameter group: of Aurora and Multi-AZ DB clusters.
    Cluster,
    /// A DB parameter group: of DB instances.
    Instance,
}

impl GroupKind {
    /// The IAM action that lists what uses such groups.
    pub fn describe_publishers(self) -> &'static str {
        match self {
            Self::Cluster => "rds:DescribeDBClusters",
            Self::Instance => "rds:DescribeDBInstances",
        }
    }
}

/// The name of a parameter group, with its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupName {
    kind: GroupKind,
    name: String,
}

/// A parameter group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterGroup {
    /// `DBClusterParameterGroupName` or `DBParameterGroupName`.
    pub name: GroupName,
    /// `DBParameterGroupFamily`, such as `aurora-postgresql17` or `postgres17`.
    pub family: String,
    /// `DBClusterParameterGroupArn` or `DBParameterGroupArn`.
    pub arn: Option<String>,
}

impl GroupName {
    /// The name of a DB cluster parameter group.
    pub fn cluster(name: impl Into<String>) -> Self {
        Self {
            kind: GroupKind::Cluster,
            name: name.into(),
        }
    }

    /// The name of a DB parameter group.
    pub fn instance(name: impl Into<String>) -> Self {
        Self {
            kind: GroupKind::Instance,
            name: name.into(),
        }
    }

    /// As RDS stores it: it compares names without regard to case.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        Self {
            kind: self.kind,
            name: self.name.to_lowercase(),
        }
    }

    /// Which kind of group it is.
    pub fn kind(&self) -> GroupKind {
        self.kind
    }

    /// The name alone.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What RDS calls the thing.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            GroupKind::Cluster => "DB cluster parameter group",
            GroupKind::Instance => "DB parameter group",
        }
    }

    /// Whether AWS owns the group, so that nobody may modify it.
    pub fn is_default(&self) -> bool {
        self.name.to_ascii_lowercase().starts_with("default.")
    }

    /// Whether both name one group: RDS compares names without regard to case.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for GroupName {
    /// Such as `DB cluster parameter group "orders"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.noun(), self.name)
    }
}

/// The group; `None` when it is not there.
///
/// # Errors
/// When it cannot be read.
pub async fn find_group(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<Option<ParameterGroup>, Error> {
    let client = clients.rds(scope).await?;
    let found = pages(
        |marker| read_groups(clients, client, scope, group, marker),
        |(groups, next)| {
            let mut groups = groups.into_iter();
            match groups.find(|found| found.name.is_same(group)) {
                Some(found) => ControlFlow::Break(found),
                None => ControlFlow::Continue(next),
            }
        },
    );
    let found = match found.await {
        Err(error) if error.is_not_found() => return Ok(None),
        found => found?,
    };
    if let Some(arn) = found.as_ref().and_then(|group| group.arn.as_deref()) {
        clients.remember_account(arn);
    }
    Ok(found)
}

/// Reads a page of the groups of that name: one, unless the endpoint ignores the name. Also the marker of the
/// next page.
async fn read_groups(
    clients: &Clients,
    client: &Client,
    scope: &Scope,
    group: &GroupName,
    marker: Option<String>,
) -> Result<(Vec<ParameterGroup>, Option<String>), Error> {
    let name = group.as_str();
    let found = |found: Option<&str>, family: Option<&str>, arn: Option<&str>| {
        Some(ParameterGroup {
            name: GroupName {
                kind: group.kind,
                name: found?.to_owned(),
            },
            family: family.unwrap_or_default().to_owned(),
            arn: arn.map(str::to_owned),
        })
    };
    match group.kind {
        GroupKind::Cluster => {
            let output = Call::read("rds:DescribeDBClusterParameterGroups", name)
                .run(clients, scope, || {
                    client
                        .describe_db_cluster_parameter_groups()
                        .db_cluster_parameter_group_name(name)
                        .set_marker(marker.clone())
                        .send()
                })
                .await?;
            let groups = output.db_cluster_parameter_groups().iter();
            let groups = groups.filter_map(|group| {
                found(
                    group.db_cluster_parameter_group_name(),
                    group.db_parameter_group_family(),
                    group.db_cluster_parameter_group_arn(),
                )
            });
            Ok((groups.collect(), next_page(output.marker())))
        }
        GroupKind::Instance => {
            let output = Call::read("rds:DescribeDBParameterGroups", name)
                .run(clients, scope, || {
                    client
                        .describe_db_parameter_groups()
                        .db_parameter_group_name(name)
                        .set_marker(marker.clone())
                        .send()
                })
                .await?;
            let groups = output.db_parameter_groups().iter();
            let groups = groups.filter_map(|group| {
                found(
                    group.db_parameter_group_name(),
                    group.db_parameter_group_family(),
                    group.db_parameter_group_arn(),
                )
            });
            Ok((groups.collect(), next_page(output.marker())))
        }
    }
}

#[cfg(test)]
mod tests;
