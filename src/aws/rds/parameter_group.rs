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
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::testing::{Reply, Server, ok, refusal, scope};

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
        let found = find_parameter(&server.clients(), &scope(), "g", NAME)
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
        let found = find_parameter(&clients, &scope(), "g", NAME)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.value, found.apply_type), (None, ApplyType::Static));
        assert_eq!(server.requests().len(), 3);
        let missing = find_parameter(&clients, &scope(), "g", "c").await.unwrap();
        assert_eq!(missing, None);
    }

    #[tokio::test]
    async fn parameter_and_group_that_are_gone_are_none_and_a_denied_read_is_an_error() {
        let gone =
            Server::start(|_| refusal(404, "DBParameterGroupNotFound", "not found: g")).await;
        let clients = gone.clients();
        assert_eq!(
            find_parameter(&clients, &scope(), "g", NAME).await.unwrap(),
            None
        );
        assert_eq!(find_group(&clients, &scope(), "g").await.unwrap(), None);
        let denied = Server::start(|_| refusal(403, "AccessDenied", "no")).await;
        let clients = denied.clients();
        let error = find_parameter(&clients, &scope(), "g", NAME)
            .await
            .unwrap_err();
        assert_eq!(error.action(), "rds:DescribeDBClusterParameters");
        let error = find_group(&clients, &scope(), "g").await.unwrap_err();
        assert_eq!(error.action(), "rds:DescribeDBClusterParameterGroups");
    }

    #[tokio::test]
    async fn group_of_another_name_in_the_answer_does_not_count() {
        let server = Server::start(|_| {
            ok(
                "DescribeDBClusterParameterGroups",
                "<DBClusterParameterGroups><DBClusterParameterGroup>\
                 <DBClusterParameterGroupName>g1</DBClusterParameterGroupName>\
                 <DBParameterGroupFamily>aurora-postgresql17</DBParameterGroupFamily>\
                 <DBClusterParameterGroupArn>arn</DBClusterParameterGroupArn>\
                 </DBClusterParameterGroup></DBClusterParameterGroups>",
            )
        })
        .await;
        let clients = server.clients();
        assert_eq!(
            find_group(&clients, &scope(), "G1").await.unwrap(),
            Some(ParameterGroup {
                name: "g1".to_owned(),
                family: "aurora-postgresql17".to_owned(),
                arn: Some("arn".to_owned()),
            })
        );
        assert_eq!(find_group(&clients, &scope(), "g2").await.unwrap(), None);
    }

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
            modify(&clients, &scope(), "g", NAME, "1", apply_type)
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
        reset(&clients, &scope(), "g", NAME, ApplyType::Dynamic)
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

    #[test]
    fn default_group_is_known_by_its_name() {
        assert!(is_default_group("default.aurora-postgresql17"));
        assert!(is_default_group("Default.aurora-postgresql17"));
        assert!(!is_default_group("defaults"));
        assert!(!is_default_group("my-default.group"));
    }
}
