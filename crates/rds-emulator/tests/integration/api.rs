//! The RDS API, asked with the AWS SDK for Rust, and with boto3 and the AWS CLI where Python is.

use std::process::Command;

use aws_sdk_rds::{
    error::ProvideErrorMetadata as _,
    types::{ApplyMethod, Parameter},
};
use serde_json::json;

use crate::support::{PARAMETER, StandIn, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn parameters_come_in_pages_with_defaults_and_filters() {
    let stand_in = StandIn::start(15).await;
    let describe = || {
        stand_in
            .rds
            .describe_db_cluster_parameters()
            .db_cluster_parameter_group_name(&stand_in.cluster().parameter_group)
    };
    let first = describe().max_records(20).send().await.expect("a page");
    assert_eq!(first.parameters().len(), 20);
    let marker = first.marker().expect("there are more");
    let second = describe()
        .marker(marker)
        .max_records(20)
        .send()
        .await
        .expect("a page");
    assert_ne!(first.parameters()[0], second.parameters()[0]);
    let all: Vec<Parameter> = describe()
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .expect("all pages");
    assert!(all.len() >= 280, "{}", all.len());
    let ours = all
        .iter()
        .find(|one| one.parameter_name() == Some(PARAMETER))
        .expect("it is among them");
    assert_eq!(ours.apply_type(), Some("dynamic"));
    assert_eq!(ours.allowed_values(), Some("0,1"));
    assert_eq!(ours.is_modifiable(), Some(true));
    assert_ne!(ours.source(), Some("user"));
    // As on RDS, pages are cut before they are filtered: one can be short, even empty.
    let set: Vec<Parameter> = describe()
        .source("user")
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .expect("all pages");
    let names: Vec<_> = set.iter().filter_map(Parameter::parameter_name).collect();
    assert_eq!(names, ["rds.logical_replication"]);
    let bad = describe()
        .max_records(5)
        .send()
        .await
        .expect_err("5 is too few");
    assert_eq!(bad.code(), Some("InvalidParameterValue"));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_rds_refuses_are_refused_whole() {
    let stand_in = StandIn::start(15).await;
    for (name, value, method, code) in [
        (
            "no_such_parameter",
            "1",
            ApplyMethod::Immediate,
            "InvalidParameterValue",
        ),
        (
            PARAMETER,
            "2",
            ApplyMethod::Immediate,
            "InvalidParameterValue",
        ),
        (
            "rds.logical_replication",
            "0",
            ApplyMethod::Immediate,
            "InvalidParameterCombination",
        ),
    ] {
        let error = stand_in.modify(name, value, method).await.expect_err(name);
        assert_eq!(error.code(), Some(code), "{name}: {error}");
    }
    let parameter = |name: &str| {
        Parameter::builder()
            .parameter_name(name)
            .parameter_value("1")
            .apply_method(ApplyMethod::Immediate)
            .build()
    };
    let modify = |group: &str| {
        stand_in
            .rds
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group)
    };
    let error = modify("default.aurora-postgresql15")
        .parameters(parameter(PARAMETER))
        .send()
        .await
        .expect_err("default groups are AWS's");
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let error = modify("nowhere")
        .parameters(parameter(PARAMETER))
        .send()
        .await
        .expect_err("there is none");
    assert_eq!(error.code(), Some("DBParameterGroupNotFound"));
    let error = modify(&stand_in.cluster().parameter_group)
        .parameters(parameter(PARAMETER))
        .parameters(parameter("no_such_parameter"))
        .send()
        .await
        .expect_err("one of them is unknown");
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let show = format!("SHOW {PARAMETER}");
    assert_eq!(stand_in.sql(&show).await.as_deref(), Some("off"));
    stand_in.stop().await;
}

/// `DBClusterParameterGroupStatus` of all members.
async fn statuses(stand_in: &StandIn) -> Vec<String> {
    let clusters = stand_in.rds.describe_db_clusters().send().await;
    clusters.expect("they can be described").db_clusters()[0]
        .db_cluster_members()
        .iter()
        .filter_map(|member| {
            member
                .db_cluster_parameter_group_status()
                .map(str::to_owned)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn change_is_stale_then_applying_then_in_sync_and_a_reset_waits() {
    let stand_in = StandIn::start(15).await;
    stand_in
        .control(
            "POST",
            "/clusters/orders/settings",
            json!({"apply_seconds": 1.0, "stale_readings": 1}),
        )
        .await;
    stand_in
        .modify(PARAMETER, "1", ApplyMethod::Immediate)
        .await
        .expect("it can be set");
    let reset = || {
        stand_in
            .rds
            .reset_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(&stand_in.cluster().parameter_group)
            .parameters(
                Parameter::builder()
                    .parameter_name(PARAMETER)
                    .apply_method(ApplyMethod::Immediate)
                    .build(),
            )
            .send()
    };
    assert_eq!(statuses(&stand_in).await, ["in-sync", "in-sync"]);
    assert_eq!(statuses(&stand_in).await, ["applying", "applying"]);
    let busy = reset().await.expect_err("the change is on its way");
    assert_eq!(busy.code(), Some("InvalidDBParameterGroupState"));
    assert!(
        busy.message()
            .is_some_and(|text| text.contains("has pending changes"))
    );
    eventually("in-sync", async || {
        statuses(&stand_in).await == ["in-sync", "in-sync"]
    })
    .await;
    reset().await.expect("nothing is on its way");
    let show = format!("SHOW {PARAMETER}");
    eventually("the default", async || {
        stand_in.sql(&show).await.as_deref() == Some("off")
    })
    .await;
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_newly_attached_waits_for_a_reboot_of_each_member() {
    let stand_in = StandIn::start(15).await;
    let rds = &stand_in.rds;
    rds.create_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("Another")
        .db_parameter_group_family("aurora-postgresql15")
        .description("another")
        .send()
        .await
        .expect("it can be made");
    rds.modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("another")
        .apply_immediately(true)
        .send()
        .await
        .expect("it can be attached");
    eventually("pending-reboot", async || {
        statuses(&stand_in).await == ["pending-reboot", "pending-reboot"]
    })
    .await;
    let error = rds
        .delete_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("another")
        .send()
        .await
        .expect_err("it is in use");
    assert_eq!(error.code(), Some("InvalidDBParameterGroupState"));
    for (instance, expected) in [
        ("orders-1", ["in-sync", "pending-reboot"]),
        ("orders-2", ["in-sync", "in-sync"]),
    ] {
        rds.reboot_db_instance()
            .db_instance_identifier(instance)
            .send()
            .await
            .expect("it can be rebooted");
        eventually("the reboot", async || {
            let instances = rds.describe_db_instances().send().await;
            instances
                .expect("they can be described")
                .db_instances()
                .iter()
                .all(|one| one.db_instance_status() == Some("available"))
        })
        .await;
        assert_eq!(statuses(&stand_in).await, expected);
    }
    // Logical replication is off in the new group.
    assert_eq!(
        stand_in.sql("SHOW wal_level").await.as_deref(),
        Some("replica")
    );
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engine_versions_groups_and_clusters_are_described() {
    let stand_in = StandIn::start(16).await;
    let rds = &stand_in.rds;
    let versions = rds
        .describe_db_engine_versions()
        .engine("aurora-postgresql")
        .send()
        .await
        .expect("they can be described");
    for major in 11..=18 {
        let family = format!("aurora-postgresql{major}");
        assert!(
            versions
                .db_engine_versions()
                .iter()
                .any(|one| one.db_parameter_group_family() == Some(&family)),
            "{family}"
        );
    }
    let groups = rds
        .describe_db_cluster_parameter_groups()
        .send()
        .await
        .expect("they can be described");
    let names: Vec<_> = groups
        .db_cluster_parameter_groups()
        .iter()
        .filter_map(|group| group.db_cluster_parameter_group_name())
        .collect();
    assert!(names.contains(&"default.aurora-postgresql16"), "{names:?}");
    assert!(
        names.contains(&stand_in.cluster().parameter_group.as_str()),
        "{names:?}"
    );
    let error = rds
        .describe_db_clusters()
        .db_cluster_identifier("nowhere")
        .send()
        .await
        .expect_err("there is none");
    assert_eq!(error.code(), Some("DBClusterNotFoundFault"));
    let clusters = rds
        .describe_db_clusters()
        .send()
        .await
        .expect("they can be described");
    let cluster = &clusters.db_clusters()[0];
    assert_eq!(cluster.engine(), Some("aurora-postgresql"));
    assert_eq!(cluster.master_username(), Some("master"));
    assert_eq!(cluster.iam_database_authentication_enabled(), Some(true));
    assert_eq!(cluster.db_cluster_members().len(), 2);
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_with_wrong_keys_is_refused() {
    let stand_in = StandIn::start(15).await;
    let mut connection = stand_in.connection().clone();
    connection.secret_access_key = "wrong".to_owned();
    let error = crate::support::rds(&connection)
        .describe_db_clusters()
        .send()
        .await
        .expect_err("the signature is wrong");
    assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
    connection.access_key_id = "AKIAUNKNOWN".to_owned();
    let error = crate::support::rds(&connection)
        .describe_db_clusters()
        .send()
        .await
        .expect_err("the key is unknown");
    assert_eq!(error.code(), Some("InvalidClientTokenId"));
    let unsigned = reqwest::Client::new()
        .post(&stand_in.connection().api_endpoint)
        .body("Action=DescribeDBClusters&Version=2014-10-31")
        .send()
        .await
        .expect("it answers");
    assert_eq!(unsigned.status(), 403);
    let text = unsigned.text().await.expect("it is text");
    assert!(
        text.contains("<Code>MissingAuthenticationToken</Code>"),
        "{text}"
    );
    stand_in.stop().await;
}

const BOTO3: &str = r#"
import sys, boto3
endpoint, key, secret, region, group, secret_arn, password, host = sys.argv[1:]
def client(name):
    return boto3.client(name, endpoint_url=endpoint, aws_access_key_id=key,
                        aws_secret_access_key=secret, region_name=region)
rds = client("rds")
pages = rds.get_paginator("describe_db_cluster_parameters").paginate(DBClusterParameterGroupName=group)
parameters = {p["ParameterName"]: p for page in pages for p in page["Parameters"]}
assert len(parameters) >= 280, len(parameters)
name = "rds.iam_auth_for_replication"
assert parameters[name]["ApplyType"] == "dynamic", parameters[name]
rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=group, Parameters=[
    {"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "immediate"}])
pages = rds.get_paginator("describe_db_cluster_parameters").paginate(DBClusterParameterGroupName=group, Source="user")
only = [p for page in pages for p in page["Parameters"]]
assert name in [p["ParameterName"] for p in only], only
cluster = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]
assert cluster["MasterUserSecret"]["SecretArn"] == secret_arn, cluster
assert cluster["Endpoint"] == host, cluster
try:
    rds.describe_db_clusters(DBClusterIdentifier="nowhere")
    raise AssertionError("nowhere is somewhere")
except rds.exceptions.DBClusterNotFoundFault:
    pass
import json
value = client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretString"]
assert json.loads(value) == {"username": "master", "password": password}
assert client("sts").get_caller_identity()["Account"] == "123456789012"
print(rds.generate_db_auth_token(DBHostname=host, Port=5432, DBUsername="cdc", Region=region))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_is_content_and_its_token_is_accepted() {
    let has_boto3 = Command::new("python3")
        .args(["-c", "import boto3"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_boto3 {
        eprintln!("python3 with boto3 is not there: the SDK for Rust alone is asked");
        return;
    }
    let stand_in = StandIn::start(15).await;
    let connection = stand_in.connection();
    let cluster = stand_in.cluster();
    let output = tokio::process::Command::new("python3")
        .args(["-c", BOTO3])
        .args([
            &connection.api_endpoint,
            &connection.access_key_id,
            &connection.secret_access_key,
            &connection.region,
            &cluster.parameter_group,
            &cluster.master_secret_arn,
            &cluster.master_password,
            &cluster.host,
        ])
        .env_remove("AWS_CA_BUNDLE")
        .output()
        .await
        .expect("python3 can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    stand_in.sql("GRANT rds_iam TO cdc").await;
    stand_in.set_parameter("1").await;
    let token = String::from_utf8_lossy(&output.stdout);
    let login = stand_in.open("cdc", token.trim()).await;
    login.expect("the token of boto3 is accepted");
    stand_in.stop().await;
}
