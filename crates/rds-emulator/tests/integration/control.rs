//! The control endpoint: counts, faults, and what happens to whole clusters.

use std::time::{Duration, Instant};

use aws_sdk_rds::{
    error::ProvideErrorMetadata as _,
    types::{ApplyMethod, Filter},
};
use rds_emulator::{
    Options,
    client::{self, AuthRequest, ControlError},
};
use serde_json::{Value, json};

use crate::support::{self, PARAMETER, StandIn};

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_action_until_they_are_forgotten() {
    let stand_in = StandIn::start(15).await;
    for _ in 0..3 {
        stand_in
            .rds
            .describe_db_clusters()
            .send()
            .await
            .expect("it answers");
    }
    stand_in
        .rds
        .describe_db_instances()
        .send()
        .await
        .expect("it answers");
    let calls = stand_in.control("GET", "/calls", Value::Null).await;
    assert_eq!(
        calls,
        json!({"DescribeDBClusters": 3, "DescribeDBInstances": 1})
    );
    stand_in.control("DELETE", "/calls", Value::Null).await;
    assert_eq!(
        stand_in.control("GET", "/calls", Value::Null).await,
        json!({})
    );
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_hit_as_often_as_asked_and_only_their_action() {
    let stand_in = StandIn::start(15).await;
    let call = || stand_in.rds.describe_db_clusters().send();
    for (fault, code) in [
        ("throttle", Some("Throttling")),
        ("access-denied", Some("AccessDenied")),
        ("internal-error", Some("InternalFailure")),
        ("service-unavailable", Some("ServiceUnavailable")),
        ("expired-token", Some("ExpiredToken")),
        ("reset", None),
        ("truncate", None),
    ] {
        let body = json!({"action": "DescribeDBClusters", "fault": fault, "times": 2});
        stand_in.control("POST", "/faults", body).await;
        stand_in
            .rds
            .describe_db_instances()
            .send()
            .await
            .expect("another action");
        for _ in 0..2 {
            let error = call().await.expect_err(fault);
            assert_eq!(error.code(), code, "{fault}: {error:?}");
        }
        call().await.expect("it is over");
    }
    let body = json!({"action": "*", "fault": "delay", "times": 1, "seconds": 0.5});
    stand_in.control("POST", "/faults", body).await;
    let start = Instant::now();
    call().await.expect("it answers late");
    assert!(start.elapsed() >= Duration::from_millis(500));
    let body = json!({"action": "*", "fault": "throttle", "times": 100});
    stand_in.control("POST", "/faults", body).await;
    stand_in.control("DELETE", "/faults", Value::Null).await;
    call().await.expect("nothing goes wrong any more");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_answers_come_after_the_change_is_made() {
    let stand_in = StandIn::start(15).await;
    let action = "ModifyDBClusterParameterGroup";
    let value = async || {
        let name = Filter::builder().name("parameter-name").values(PARAMETER);
        let described = stand_in.rds.describe_db_cluster_parameters();
        let described = described
            .db_cluster_parameter_group_name(&stand_in.cluster().parameter_group)
            .filters(name.build())
            .send()
            .await
            .expect("it answers");
        let parameter = &described.parameters()[0];
        parameter.parameter_value().map(str::to_owned)
    };
    for (fault, new) in [("truncate", "1"), ("delay", "0")] {
        let body = json!({"action": action, "fault": fault, "seconds": 600});
        stand_in.control("POST", "/faults", body).await;
        let change = stand_in.modify(PARAMETER, new, ApplyMethod::Immediate);
        let answer = tokio::time::timeout(Duration::from_secs(1), change).await;
        assert!(!matches!(answer, Ok(Ok(()))), "{fault}");
        assert_eq!(value().await.as_deref(), Some(new), "{fault}");
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_lists_leave_pages_empty_or_filters_without_effect() {
    let stand_in = StandIn::start(15).await;
    let list = async |marker: Option<String>| {
        let filter = Filter::builder().name("engine").values("postgres").build();
        let page = stand_in.rds.describe_db_clusters().filters(filter);
        let page = page.set_marker(marker).send().await.expect("it answers");
        (page.db_clusters().len(), page.marker().map(str::to_owned))
    };
    let fault = |fault| json!({"action": "DescribeDBClusters", "fault": fault});
    assert_eq!(list(None).await, (0, None));
    stand_in
        .control("POST", "/faults", fault("ignore-filters"))
        .await;
    assert_eq!(list(None).await, (1, None));
    stand_in
        .control("POST", "/faults", fault("empty-page"))
        .await;
    let (records, marker) = list(None).await;
    assert_eq!(records, 0);
    assert!(marker.is_some());
    assert_eq!(list(marker).await, (0, None));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_access_name_the_object_as_iam_does() {
    let stand_in = StandIn::start(15).await;
    for (object, arn) in [("orders", ":cluster:orders "), ("*", ":cluster:* ")] {
        let body =
            json!({"action": "DescribeDBClusters", "fault": "access-denied", "object": object});
        stand_in.control("POST", "/faults", body).await;
        let asked = (object != "*").then(|| object.to_owned());
        let call = stand_in.rds.describe_db_clusters();
        let error = call
            .set_db_cluster_identifier(asked)
            .send()
            .await
            .expect_err(object);
        let message = error.message().unwrap_or_default();
        assert!(message.contains(arn), "{message}");
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_make_no_sense_are_refused_with_a_message() {
    let stand_in = StandIn::start(15).await;
    for (method, path, body) in [
        (
            "POST",
            "/faults",
            json!({"action": "DescribeDBClusters", "fault": "rain", "times": 1}),
        ),
        (
            "POST",
            "/faults",
            json!({"action": "NoSuchAction", "fault": "reset", "times": 1}),
        ),
        ("POST", "/clusters/nowhere/failover", Value::Null),
        ("POST", "/clusters/orders/start", Value::Null),
        (
            "POST",
            "/clusters/orders/settings",
            json!({"apply_seconds": -1.0}),
        ),
        (
            "POST",
            "/clusters/orders/settings",
            json!({"no_such_setting": 1}),
        ),
        ("GET", "/nowhere", Value::Null),
        ("PUT", "/faults", json!({})),
    ] {
        let endpoint = &stand_in.connection().control_endpoint;
        match client::control(endpoint, method, path, &body).await {
            Err(ControlError::Refused { status, body, .. }) => {
                assert!((400..500).contains(&status), "{method} {path}: {status}");
                assert!(body["message"].is_string(), "{method} {path}: {body}");
            }
            other => panic!("{method} {path}: {other:?}"),
        }
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_fails_over_stops_and_starts() {
    let stand_in = StandIn::start(15).await;
    let writer = async || {
        let clusters = stand_in.rds.describe_db_clusters().send().await;
        let clusters = clusters.expect("it answers");
        let cluster = clusters.db_clusters()[0].clone();
        let writer = cluster
            .db_cluster_members()
            .iter()
            .find(|member| member.is_cluster_writer() == Some(true))
            .and_then(|member| member.db_instance_identifier())
            .map(str::to_owned);
        (cluster.status().map(str::to_owned), writer)
    };
    let password = stand_in.cluster().replication_password.clone();
    let mut before = stand_in.open("cdc", &password).await.expect("it is up");
    stand_in
        .control("POST", "/clusters/orders/failover", Value::Null)
        .await;
    assert_eq!(
        writer().await,
        (Some("available".into()), Some("orders-2".into()))
    );
    assert!(before.execute("IDENTIFY_SYSTEM").await.is_err());
    stand_in
        .open("cdc", &password)
        .await
        .expect("it is up again");
    stand_in
        .control("POST", "/clusters/orders/stop", Value::Null)
        .await;
    assert_eq!(writer().await.0.as_deref(), Some("stopped"));
    assert!(stand_in.open("cdc", &password).await.is_err());
    stand_in
        .control("POST", "/clusters/orders/start", Value::Null)
        .await;
    assert_eq!(stand_in.probe("cdc", true).await, AuthRequest::Password);
    stand_in
        .control("POST", "/clusters/orders/reboot", Value::Null)
        .await;
    stand_in
        .open("cdc", &password)
        .await
        .expect("it is up again");
    let traffic = stand_in
        .control("GET", "/clusters/orders/traffic", Value::Null)
        .await;
    assert_eq!(traffic["connections"]["cdc"], 3);
    // The one that only asked what is demanded.
    assert_eq!(traffic["unauthenticated"]["cdc"], 1);
    stand_in.stop().await;
}

#[tokio::test]
async fn clock_that_is_off_is_in_the_date_and_refuses_signatures() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned()],
        ..Options::default()
    })
    .await;
    let endpoint = &stand_in.connection().api_endpoint;
    for (ahead, text) in [
        (1200, "Signature expired"),
        (-1200, "Signature not yet current"),
    ] {
        let body = json!({"ahead_seconds": ahead});
        stand_in.control("POST", "/clock", body).await;
        let rds = support::rds(stand_in.connection());
        let refused = rds.describe_db_clusters().send().await;
        let error = refused.expect_err("the clocks are apart");
        assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
        let message = error.message().unwrap_or_default();
        assert!(message.contains(text), "{message}");
        let answer = reqwest::get(endpoint).await.expect("it answers");
        let date = answer.headers()["date"].to_str().expect("a date is text");
        let date = jiff::fmt::rfc2822::parse(date).expect("a date has a form");
        let off = date.timestamp().duration_since(jiff::Timestamp::now());
        assert!((off.as_secs() - ahead).abs() <= 2, "{date}");
    }
}
