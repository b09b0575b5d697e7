//! Parameter groups of both kinds, and one parameter in them.

use std::{fmt, ops::ControlFlow};

use aws_sdk_rds::{
    Client,
    types::{ApplyMethod, Filter, Parameter as Described},
};

use super::{next_page, pages};
use crate::aws::{Clients, Error, Scope, call::Call};

/// The parameter that makes replication users authenticate with IAM.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>
pub const IAM_AUTH_FOR_REPLICATION: &str = "rds.iam_auth_for_replication";
/// The static parameter that allows logical replication at all.
pub const LOGICAL_REPLICATION: &str = "rds.logical_replication";
/// What AWS says while a group takes no change, since another one is under way.
const BUSY: [&str; 2] = [
    "InvalidDBParameterGroupState",
    "InvalidDBParameterGroupStateFault",
];

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

/// A parameter in a group.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `ParameterName`.
    pub name: String,
    /// `ParameterValue`; absent when the engine's own default rules.
    pub value: Option<String>,
    /// `Source`: `user`, `system` or `engine-default`. Not a sign of who set the value: one equal
    /// to the default never becomes `user`.
    pub source: Option<String>,
    /// `ApplyType`.
    pub apply_type: ApplyType,
    /// `IsModifiable`.
    pub is_modifiable: bool,
    /// `DataType`, such as `boolean`.
    pub data_type: Option<String>,
    /// `AllowedValues`, such as `0,1`.
    pub allowed_values: Option<String>,
}

/// The parameters of a group that replication with IAM depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationParameters {
    /// [`IAM_AUTH_FOR_REPLICATION`]; `None` where the family lacks it.
    pub iam_auth_for_replication: Option<Parameter>,
    /// [`LOGICAL_REPLICATION`]; `None` where the family lacks it.
    pub logical_replication: Option<Parameter>,
}

/// When a change of a parameter can take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyType {
    /// Without a reboot.
    Dynamic,
    /// With the next reboot of each instance.
    Static,
}

impl Parameter {
    /// The value of a boolean parameter, `0` or `1`: without one the engine's default rules, which
    /// is off.
    pub fn switch(&self) -> &'static str {
        match self.value.as_deref() {
            Some("1" | "on" | "true") => "1",
            _ => "0",
        }
    }
}

impl ApplyType {
    /// The method that follows from it: nobody has to choose.
    fn method(self) -> ApplyMethod {
        match self {
            Self::Dynamic => ApplyMethod::Immediate,
            Self::Static => ApplyMethod::PendingReboot,
        }
    }
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

/// The parameter as it is now, whatever its `Source`; `None` when the group or the parameter is not
/// there.
///
/// # Errors
/// When it cannot be read.
pub async fn find_parameter(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
) -> Result<Option<Parameter>, Error> {
    let found = describe(clients, scope, group, &[name]).await?;
    Ok(found.and_then(|mut found| found.pop()))
}

/// The parameters that replication with IAM depends on, as they were at most ten seconds ago, or
/// since the last change made here; `None` when the group is not there.
///
/// # Errors
/// When they cannot be read.
pub async fn find_replication_parameters(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<Option<ReplicationParameters>, Error> {
    clients.cache().parameters(clients, scope, group).await
}

/// The parameters that replication with IAM depends on, as they are now; `None` when the group is
/// not there.
///
/// # Errors
/// When they cannot be read.
pub async fn find_replication_parameters_now(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<Option<ReplicationParameters>, Error> {
    let names = [IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION];
    let found = describe(clients, scope, group, &names).await?;
    Ok(found.map(|found| {
        let named = |name: &str| {
            let mut found = found.iter();
            found
                .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
                .cloned()
        };
        ReplicationParameters {
            iam_auth_for_replication: named(IAM_AUTH_FOR_REPLICATION),
            logical_replication: named(LOGICAL_REPLICATION),
        }
    }))
}

/// Those of the parameters that the group has, as they are now, whatever their `Source`; `None` when
/// the group is not there.
async fn describe(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    names: &[&str],
) -> Result<Option<Vec<Parameter>>, Error> {
    let client = clients.rds(scope).await?;
    let filter = Filter::builder()
        .name("parameter-name")
        .set_values(Some(names.iter().map(|name| (*name).to_owned()).collect()))
        .build();
    let mut found = Vec::new();
    let read = pages(
        |marker| read_parameters(clients, client, scope, group, &filter, marker),
        |(parameters, next)| {
            // An endpoint that ignores the filter gives everything, page by page.
            let parameters = parameters.iter();
            found.extend(parameters.filter_map(|parameter| from_described(parameter, names)));
            match found.len() == names.len() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(next),
            }
        },
    );
    match read.await {
        Ok(_) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a page of the parameters of a group that the filter lets pass, and the marker of the next one.
async fn read_parameters(
    clients: &Clients,
    client: &Client,
    scope: &Scope,
    group: &GroupName,
    filter: &Filter,
    marker: Option<String>,
) -> Result<(Vec<Described>, Option<String>), Error> {
    let name = group.as_str();
    let (parameters, next) = match group.kind {
        GroupKind::Cluster => Call::read("rds:DescribeDBClusterParameters", name)
            .run(clients, scope, || {
                client
                    .describe_db_cluster_parameters()
                    .db_cluster_parameter_group_name(name)
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await
            .map(|output| (output.parameters, output.marker))?,
        GroupKind::Instance => Call::read("rds:DescribeDBParameters", name)
            .run(clients, scope, || {
                client
                    .describe_db_parameters()
                    .db_parameter_group_name(name)
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await
            .map(|output| (output.parameters, output.marker))?,
    };
    Ok((parameters.unwrap_or_default(), next_page(next.as_deref())))
}

/// Sets one parameter, and no other. Waits while the group is busy with another change.
///
/// # Errors
/// When AWS does not accept the change. After a cancellation or a timeout an answer that is on its
/// way is still waited for, a few seconds at most; without one it is not known whether AWS accepted.
pub async fn modify(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
    value: &str,
    apply_type: ApplyType,
) -> Result<(), Error> {
    let client = clients.rds(scope).await?;
    let parameter = Described::builder()
        .parameter_name(name)
        .parameter_value(value)
        .apply_method(apply_type.method())
        .build();
    let modified = match group.kind {
        GroupKind::Cluster => Call::change("rds:ModifyDBClusterParameterGroup", group.as_str())
            .while_busy(&BUSY)
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
            .while_busy(&BUSY)
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
    unless_made(clients, scope, group, name, value, modified).await
}

/// The outcome of a change. Where its answer was lost, AWS may have made it all the same: what holds then
/// tells.
async fn unless_made(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
    name: &str,
    value: &str,
    changed: Result<(), Error>,
) -> Result<(), Error> {
    match changed {
        Err(error) if error.is_network() => {
            let now = find_parameter(clients, scope, group, name).await;
            match now {
                Ok(Some(parameter)) if parameter.switch() == value => Ok(()),
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
            .while_busy(&BUSY)
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
            .while_busy(&BUSY)
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
    unless_made(clients, scope, group, name, "0", reset).await
}

/// The parameter, if it has one of these names.
fn from_described(parameter: &Described, names: &[&str]) -> Option<Parameter> {
    let found = parameter.parameter_name()?;
    let is_asked_for = names.iter().any(|name| found.eq_ignore_ascii_case(name));
    is_asked_for.then(|| Parameter {
        name: found.to_owned(),
        value: parameter.parameter_value().map(str::to_owned),
        source: parameter.source().map(str::to_owned),
        apply_type: match parameter.apply_type() {
            Some("static") => ApplyType::Static,
            _ => ApplyType::Dynamic,
        },
        is_modifiable: parameter.is_modifiable().unwrap_or(true),
        data_type: parameter.data_type().map(str::to_owned),
        allowed_values: parameter.allowed_values().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
