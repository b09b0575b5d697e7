//! DB cluster parameter groups, and one parameter in them.

use aws_sdk_rds::types::{ApplyMethod, Filter, Parameter as Described};

use crate::aws::{Clients, Error, Scope, call::call};

/// A DB cluster parameter group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterGroup {
    /// `DBClusterParameterGroupName`.
    pub name: String,
    /// `DBParameterGroupFamily`, such as `aurora-postgresql17`.
    pub family: String,
}

/// A parameter in a group.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `ParameterValue`; absent when the engine's own default rules.
    pub value: Option<String>,
    /// `ApplyType`.
    pub apply_type: ApplyType,
    /// `IsModifiable`.
    pub is_modifiable: bool,
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
    let described = call(
        clients,
        scope,
        "rds:DescribeDBClusterParameterGroups",
        name,
        || {
            client
                .describe_db_cluster_parameter_groups()
                .db_cluster_parameter_group_name(name)
                .send()
        },
    )
    .await;
    match described {
        Ok(output) => Ok(output
            .db_cluster_parameter_groups()
            .iter()
            .find(|group| {
                group
                    .db_cluster_parameter_group_name()
                    .is_some_and(|found| found.eq_ignore_ascii_case(name))
            })
            .map(|group| ParameterGroup {
                name: group
                    .db_cluster_parameter_group_name()
                    .unwrap_or(name)
                    .to_owned(),
                family: group.db_parameter_group_family().unwrap_or_default().to_owned(),
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
    let filter = Filter::builder().name("parameter-name").values(name).build();
    let mut marker = None;
    loop {
        let described = call(
            clients,
            scope,
            "rds:DescribeDBClusterParameters",
            group,
            || {
                client
                    .describe_db_cluster_parameters()
                    .db_cluster_parameter_group_name(group)
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            },
        )
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
            .find(|parameter| parameter.parameter_name() == Some(name));
        if let Some(parameter) = found {
            return Ok(Some(from_described(parameter)));
        }
        marker = output.marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if marker.is_none() {
            return Ok(None);
        }
    }
}

/// Sets one parameter.
///
/// # Errors
/// When AWS does not accept the change.
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
    let modified = call(
        clients,
        scope,
        "rds:ModifyDBClusterParameterGroup",
        group,
        || {
            client
                .modify_db_cluster_parameter_group()
                .db_cluster_parameter_group_name(group)
                .parameters(parameter.clone())
                .send()
        },
    )
    .await;
    clients.cache.clear().await;
    modified.map(|_| ())
}

/// Sets one parameter to its default, and no other.
///
/// # Errors
/// When AWS does not accept the change.
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
    let reset = call(
        clients,
        scope,
        "rds:ResetDBClusterParameterGroup",
        group,
        || {
            client
                .reset_db_cluster_parameter_group()
                .db_cluster_parameter_group_name(group)
                .reset_all_parameters(false)
                .parameters(parameter.clone())
                .send()
        },
    )
    .await;
    clients.cache.clear().await;
    reset.map(|_| ())
}

fn from_described(parameter: &Described) -> Parameter {
    Parameter {
        value: parameter.parameter_value().map(str::to_owned),
        apply_type: match parameter.apply_type() {
            Some("static") => ApplyType::Static,
            _ => ApplyType::Dynamic,
        },
        is_modifiable: parameter.is_modifiable().unwrap_or(true),
    }
}
