//! What is asked about groups of either kind, and what answers mean.

use super::*;
use crate::aws::testing::{Server, ok, refusal, scope};

const NAME: &str = "rds.iam_auth_for_replication";

fn parameter(name: &str, members: &str) -> String {
    format!("<Parameter><ParameterName>{name}</ParameterName>{members}</Parameter>")
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
    modify(&clients, &scope, &group, NAME, false, ApplyType::Dynamic)
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
