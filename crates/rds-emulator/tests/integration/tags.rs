//! Tags of what has an ARN, as clients that manage parameter groups ask for them.

use aws_sdk_rds::{error::ProvideErrorMetadata as _, types::Tag};
use serde_json::json;

use crate::support::StandIn;

/// The tags of an ARN, or the code and text of the refusal.
async fn tags(stand_in: &StandIn, arn: &str) -> Result<Vec<(String, String)>, (String, String)> {
    let request = stand_in.rds.list_tags_for_resource().resource_name(arn);
    match request.send().await {
        Ok(answer) => Ok(answer
            .tag_list()
            .iter()
            .map(|tag| {
                let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
                (text(tag.key()), text(tag.value()))
            })
            .collect()),
        Err(error) => Err((
            error.code().unwrap_or_default().to_owned(),
            error.message().unwrap_or_default().to_owned(),
        )),
    }
}

fn arn(of: &str) -> String {
    format!("arn:aws:rds:eu-central-1:123456789012:{of}")
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_what_was_created_with_some_are_listed_and_others_have_none() {
    let stand_in = StandIn::start(15).await;
    let create = stand_in.rds.create_db_cluster_parameter_group();
    let created = create
        .db_cluster_parameter_group_name("tagged")
        .db_parameter_group_family("aurora-postgresql15")
        .description("with tags")
        .tags(Tag::builder().key("team").value("data").build())
        .tags(Tag::builder().key("cdc").value("").build())
        .send()
        .await
        .expect("it can be made");
    let group = created
        .db_cluster_parameter_group()
        .expect("it is shown")
        .db_cluster_parameter_group_arn()
        .expect("it has an ARN");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        tags(&stand_in, group).await,
        Ok(vec![pair("team", "data"), pair("cdc", "")])
    );
    for untagged in [
        "cluster:orders",
        "db:orders-1",
        "cluster-pg:default.aurora-postgresql15",
        "pg:default.postgres15",
    ] {
        let listed = tags(&stand_in, &arn(untagged)).await;
        assert_eq!(listed, Ok(Vec::new()), "{untagged}");
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_what_is_not_there_are_refused_with_its_fault() {
    let stand_in = StandIn::start(15).await;
    for (of, code) in [
        ("cluster:nowhere", "DBClusterNotFoundFault"),
        ("db:nowhere", "DBInstanceNotFound"),
        ("cluster-pg:nowhere", "DBParameterGroupNotFound"),
        ("pg:nowhere", "DBParameterGroupNotFound"),
        ("es:nowhere", "InvalidParameterValue"),
    ] {
        let refused = tags(&stand_in, &arn(of)).await.expect_err(of);
        assert_eq!(refused.0, code, "{of}");
    }
    for (text, message) in [
        ("orders", "Invalid resource name: orders"),
        (
            "arn:aws:rds:us-east-1:123456789012:cluster:orders",
            "The specified resource name does not match an RDS resource in this region.",
        ),
    ] {
        let refused = tags(&stand_in, text).await.expect_err(text);
        assert_eq!(
            refused,
            ("InvalidParameterValue".to_owned(), message.to_owned())
        );
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_may_not_be_listed_are_refused_by_their_arn() {
    let stand_in = StandIn::start(15).await;
    let cluster = arn("cluster:orders");
    let fault =
        json!({"action": "ListTagsForResource", "fault": "access-denied", "object": cluster});
    stand_in.control("POST", "/faults", fault).await;
    tags(&stand_in, &arn("db:orders-1"))
        .await
        .expect("another object is none of it");
    let (code, message) = tags(&stand_in, &cluster).await.expect_err("it is denied");
    assert_eq!(code, "AccessDenied");
    assert!(
        message.contains(&format!("ListTagsForResource on resource: {cluster} ")),
        "{message}"
    );
    stand_in.stop().await;
}
