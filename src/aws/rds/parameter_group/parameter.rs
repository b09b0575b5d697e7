//! A parameter in a group, read by its name.

use std::ops::ControlFlow;

use aws_sdk_rds::{
    Client,
    types::{ApplyMethod, Filter, Parameter as Described},
};

use super::{
    super::{next_page, pages},
    GroupKind, GroupName,
};
use crate::aws::{Clients, Error, Scope, call::Call};

/// The parameter that makes replication users authenticate with IAM.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>
pub const IAM_AUTH_FOR_REPLICATION: &str = "rds.iam_auth_for_replication";
/// The static parameter that allows logical replication at all.
pub const LOGICAL_REPLICATION: &str = "rds.logical_replication";

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
    /// Whether a boolean parameter is on: without a value the engine's default rules, which is off.
    pub fn is_on(&self) -> bool {
        matches!(self.value.as_deref(), Some("1" | "on" | "true"))
    }
}

impl ApplyType {
    /// The method that follows from it: nobody has to choose.
    pub(super) fn method(self) -> ApplyMethod {
        match self {
            Self::Dynamic => ApplyMethod::Immediate,
            Self::Static => ApplyMethod::PendingReboot,
        }
    }
}

/// The value of a boolean parameter, as RDS writes it.
pub fn switch_value(is_on: bool) -> &'static str {
    match is_on {
        true => "1",
        false => "0",
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
mod tests {
    use super::*;
    use crate::aws::testing::{Reply, Server, ok, scope};

    const NAME: &str = "rds.iam_auth_for_replication";

    fn parameter(name: &str, members: &str) -> String {
        format!("<Parameter><ParameterName>{name}</ParameterName>{members}</Parameter>")
    }

    fn page(parameters: &str, marker: Option<&str>) -> Reply {
        let marker = marker
            .map(|marker| format!("<Marker>{marker}</Marker>"))
            .unwrap_or_default();
        ok(
            "DescribeDBClusterParameters",
            &format!("<Parameters>{parameters}</Parameters>{marker}"),
        )
    }

    #[tokio::test]
    async fn parameter_is_read_by_name_whatever_its_source() {
        let server = Server::start(|_| {
            page(
                &parameter(
                    NAME,
                    "<ParameterValue>0</ParameterValue><Source>system</Source><ApplyType>dynamic</ApplyType>\
                     <DataType>boolean</DataType><AllowedValues>0,1</AllowedValues>\
                     <IsModifiable>true</IsModifiable><ApplyMethod>pending-reboot</ApplyMethod>",
                ),
                None,
            )
        })
        .await;
        let found = find_parameter(&server.clients(), &scope(), &GroupName::cluster("g"), NAME)
            .await
            .unwrap();
        assert_eq!(
            found,
            Some(Parameter {
                name: NAME.to_owned(),
                value: Some("0".to_owned()),
                source: Some("system".to_owned()),
                apply_type: ApplyType::Dynamic,
                is_modifiable: true,
                data_type: Some("boolean".to_owned()),
                allowed_values: Some("0,1".to_owned()),
            })
        );
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(
            requests[0].get("Filters.Filter.1.Name"),
            Some("parameter-name")
        );
        assert_eq!(
            requests[0].get("Filters.Filter.1.Values.Value.1"),
            Some(NAME)
        );
        assert_eq!(requests[0].get("Source"), None);
    }

    #[tokio::test]
    async fn parameter_is_found_page_by_page_where_the_filter_is_ignored() {
        let server = Server::start(|request| match request.get("Marker") {
            None => page(&parameter("a", ""), Some("2")),
            Some("2") => page("", Some("3")),
            _ => page(
                &(parameter("b", "") + &parameter(NAME, "<ApplyType>static</ApplyType>")),
                None,
            ),
        })
        .await;
        let clients = server.clients();
        let found = find_parameter(&clients, &scope(), &GroupName::cluster("g"), NAME)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.value, found.apply_type), (None, ApplyType::Static));
        assert_eq!(server.requests().len(), 3);
        let missing = find_parameter(&clients, &scope(), &GroupName::cluster("g"), "c")
            .await
            .unwrap();
        assert_eq!(missing, None);
    }
}
