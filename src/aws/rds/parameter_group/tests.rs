//! What is sent about a parameter, and what answers mean.

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

#[tokio::test]
async fn parameter_and_group_that_are_gone_are_none_and_a_denied_read_is_an_error() {
    let gone = Server::start(|_| refusal(404, "DBParameterGroupNotFound", "not found: g")).await;
    let clients = gone.clients();
    assert_eq!(
        find_parameter(&clients, &scope(), &GroupName::cluster("g"), NAME)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        find_group(&clients, &scope(), &GroupName::cluster("g"))
            .await
            .unwrap(),
        None
    );
    let denied = Server::start(|_| refusal(403, "AccessDenied", "no")).await;
    let clients = denied.clients();
    let error = find_parameter(&clients, &scope(), &GroupName::cluster("g"), NAME)
        .await
        .unwrap_err();
    assert_eq!(error.action(), "rds:DescribeDBClusterParameters");
    let error = find_group(&clients, &scope(), &GroupName::cluster("g"))
        .await
        .unwrap_err();
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
        find_group(&clients, &scope(), &GroupName::cluster("G1"))
            .await
            .unwrap(),
        Some(ParameterGroup {
            name: GroupName::cluster("g1"),
            family: "aurora-postgresql17".to_owned(),
            arn: Some("arn".to_owned()),
        })
    );
    assert_eq!(
        find_group(&clients, &scope(), &GroupName::cluster("g2"))
            .await
            .unwrap(),
        None
    );
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
        modify(
            &clients,
            &scope(),
            &GroupName::cluster("g"),
            NAME,
            "1",
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

#[test]
fn default_group_is_known_by_its_name() {
    assert!(GroupName::cluster("default.aurora-postgresql17").is_default());
    assert!(GroupName::cluster("Default.aurora-postgresql17").is_default());
    assert!(!GroupName::cluster("defaults").is_default());
    assert!(!GroupName::cluster("my-default.group").is_default());
}

#[tokio::test]
async fn parameter_of_a_db_parameter_group_is_read_and_changed_with_the_calls_of_its_kind() {
    let server = Server::start(|request| match request.action.as_str() {
        "DescribeDBParameters" => ok(
            "DescribeDBParameters",
            &format!(
                "<Parameters>{}</Parameters>",
                parameter(NAME, "<ParameterValue>1</ParameterValue>")
            ),
        ),
        "DescribeDBParameterGroups" => ok(
            "DescribeDBParameterGroups",
            "<DBParameterGroups><DBParameterGroup><DBParameterGroupName>g</DBParameterGroupName>\
             <DBParameterGroupFamily>postgres17</DBParameterGroupFamily></DBParameterGroup></DBParameterGroups>",
        ),
        action => ok(action, ""),
    })
    .await;
    let clients = server.clients();
    let scope = scope();
    let group = GroupName::instance("g");
    let found = find_group(&clients, &scope, &group).await.unwrap().unwrap();
    assert_eq!(found.family, "postgres17");
    assert_eq!(found.name, group);
    let found = find_parameter(&clients, &scope, &group, NAME)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.value.as_deref(), Some("1"));
    modify(&clients, &scope, &group, NAME, "0", ApplyType::Dynamic)
        .await
        .unwrap();
    reset(&clients, &scope, &group, NAME, ApplyType::Dynamic)
        .await
        .unwrap();
    let requests = server.requests();
    let actions: Vec<&str> = requests
        .iter()
        .map(|request| request.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "DescribeDBParameterGroups",
            "DescribeDBParameters",
            "ModifyDBParameterGroup",
            "ResetDBParameterGroup"
        ]
    );
    for request in &requests {
        assert_eq!(request.get("DBParameterGroupName"), Some("g"));
    }
    // Absent, it would reset the whole group.
    assert_eq!(requests[3].get("ResetAllParameters"), Some("false"));
    assert_eq!(
        requests[3].get("Parameters.Parameter.1.ParameterName"),
        Some(NAME)
    );
}
