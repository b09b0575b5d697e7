//! DB cluster parameter groups, and one parameter in them.

use aws_sdk_rds::types::{ApplyMethod, Filter, Parameter as Described};

use super::next_page;
use crate::aws::{Clients, Error, Scope, call::Call};

/// A DB cluster parameter group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterGroup {
    /// `DBClusterParameterGroupName`.
    pub name: String,
    /// `DBParameterGroupFamily`, such as `aurora-postgresql17`.
    pub family: String,
    /// `DBClusterParameterGroupArn`.
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

/// When a change of a parameter can take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyType {
    /// Without a reboot.
    Dynamic,
    /// With the next reboot of each instance.
    Static,
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

/// Whether AWS owns the group, so that nobody may modify it.
pub fn is_default_group(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("default.")
}

/// The group; `None` when it is not there.
///
/// # Errors
/// When it cannot be read.
pub async fn find_group(
    clients: &Clients,
    scope: &Scope,
    name: &str,
) -> Result<Option<ParameterGroup>, Error> {
    let client = clients.rds(scope).await?;
    let described = Call::read("rds:DescribeDBClusterParameterGroups", name)
        .run(clients, scope, || {
            client
                .describe_db_cluster_parameter_groups()
                .db_cluster_parameter_group_name(name)
                .send()
        })
        .await;
    match described {
        Ok(output) => Ok(output
            .db_cluster_parameter_groups()
            .iter()
            .filter_map(|group| Some((group.db_cluster_parameter_group_name()?, group)))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(found, group)| ParameterGroup {
                name: found.to_owned(),
                family: group
                    .db_parameter_group_family()
                    .unwrap_or_default()
                    .to_owned(),
                arn: group.db_cluster_parameter_group_arn().map(str::to_owned),
            })),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The parameter, whatever its `Source`; `None` when the group or the parameter is not there.
///
/// # Errors
/// When it cannot be read.
pub async fn find_parameter(
    clients: &Clients,
    scope: &Scope,
    group: &str,
    name: &str,
) -> Result<Option<Parameter>, Error> {
    let client = clients.rds(scope).await?;
    let filter = Filter::builder()
        .name("parameter-name")
        .values(name)
        .build();
    let mut marker = None;
    loop {
        let described = Call::read("rds:DescribeDBClusterParameters", group)
            .run(clients, scope, || {
                client
                    .describe_db_cluster_parameters()
                    .db_cluster_parameter_group_name(group)
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await;
        let output = match described {
            Ok(output) => output,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        // An endpoint that ignores the filter gives everything, page by page.
        let found = output
            .parameters()
            .iter()
            .find_map(|parameter| from_described(parameter, name));
        if found.is_some() {
            return Ok(found);
        }
        marker = next_page(output.marker());
        if marker.is_none() {
            return Ok(None);
        }
    }
}

/// Sets one parameter, and no other. Waits while the group is busy with another change.
///
/// # Errors
/// When AWS does not accept the change. After a cancellation or a timeout an answer that is on its
/// way is still waited for, a few seconds at most; without one it is not known whether AWS accepted.
pub async fn modify(
    clients: &Clients,
    scope: &Scope,
    group: &str,
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
    let modified = Call::change("rds:ModifyDBClusterParameterGroup", group)
        .run(clients, scope, || {
            client
                .modify_db_cluster_parameter_group()
                .db_cluster_parameter_group_name(group)
                .parameters(parameter.clone())
                .send()
        })
        .await;
    clients.cache().clear();
    modified.map(|_| ())
}

/// Sets one parameter to its default, and no other. Waits while the group is busy with another
/// change.
///
/// # Errors
/// As [`modify`].
pub async fn reset(
    clients: &Clients,
    scope: &Scope,
    group: &str,
    name: &str,
    apply_type: ApplyType,
) -> Result<(), Error> {
    let client = clients.rds(scope).await?;
    let parameter = Described::builder()
        .parameter_name(name)
        .apply_method(apply_type.method())
        .build();
    let reset = Call::change("rds:ResetDBClusterParameterGroup", group)
        .run(clients, scope, || {
            client
                .reset_db_cluster_parameter_group()
                .db_cluster_parameter_group_name(group)
                // Absent, it would mean all of them.
                .reset_all_parameters(false)
                .parameters(parameter.clone())
                .send()
        })
        .await;
    clients.cache().clear();
    reset.map(|_| ())
}

/// The parameter, if it has this name.
fn from_described(parameter: &Described, name: &str) -> Option<Parameter> {
    let found = parameter.parameter_name()?;
    found.eq_ignore_ascii_case(name).then(|| Parameter {
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
