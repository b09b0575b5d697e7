//! RDS for PostgreSQL: DB instances that stand alone, and Multi-AZ DB clusters.

use aws_sdk_rds::{
    error::ProvideErrorMetadata as _,
    types::{ApplyMethod, DbInstance, Parameter},
};
use rds_emulator::{
    Cluster, Options,
    client::{self, AuthRequest, Connection, ControlError},
};
use serde_json::{Value, json};

use crate::support::{PARAMETER, StandIn, eventually, sql};

const STATIC_PARAMETER: &str = "rds.logical_replication";

/// A stand-in with one DB instance, `billing`.
async fn with_instance() -> StandIn {
    StandIn::with_options(Options {
        postgres: 15,
        clusters: Vec::new(),
        instances: vec!["billing".to_owned()],
        ..Options::default()
    })
    .await
}

fn instance(stand_in: &StandIn) -> &Cluster {
    &stand_in.connection().instances[0]
}

async fn described(stand_in: &StandIn, identifier: &str) -> DbInstance {
    let request = stand_in.rds.describe_db_instances();
    let answer = request.db_instance_identifier(identifier).send().await;
    answer.expect("it can be described").db_instances()[0].clone()
}

/// `ParameterApplyStatus` of `billing`.
async fn apply_status(stand_in: &StandIn) -> String {
    let groups = described(stand_in, "billing").await;
    let status = groups.db_parameter_groups()[0].parameter_apply_status();
    status.expect("it has a status").to_owned()
}

fn parameter(name: &str, value: Option<&str>, method: ApplyMethod) -> Parameter {
    Parameter::builder()
        .parameter_name(name)
        .set_parameter_value(value.map(str::to_owned))
        .apply_method(method)
        .build()
}

async fn modify(stand_in: &StandIn, parameter: Parameter) {
    let request = stand_in.rds.modify_db_parameter_group();
    request
        .db_parameter_group_name(&instance(stand_in).parameter_group)
        .parameters(parameter)
        .send()
        .await
        .expect("it can be set");
}

/// Names of the parameters that somebody has set in the group of `billing`.
async fn names_set(stand_in: &StandIn) -> Vec<String> {
    let request = stand_in.rds.describe_db_parameters();
    let set: Vec<Parameter> = request
        .db_parameter_group_name(&instance(stand_in).parameter_group)
        .source("user")
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .expect("all pages");
    let names = set.iter().filter_map(Parameter::parameter_name);
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_with_its_parameter_and_flag_modified_is_guarded_accordingly() {
    let stand_in = with_instance().await;
    let billing = instance(&stand_in).clone();
    let ca_file = &stand_in.connection().ca_file;
    let request = async || client::probe(&billing, ca_file, "cdc", true).await;
    sql(&billing.superuser_url, "GRANT rds_iam TO cdc").await;
    assert_eq!(request().await.expect("it answers"), AuthRequest::Password);
    modify(
        &stand_in,
        parameter(PARAMETER, Some("1"), ApplyMethod::Immediate),
    )
    .await;
    let show = format!("SHOW {PARAMETER}");
    eventually("the parameter", async || {
        sql(&billing.superuser_url, &show).await.as_deref() == Some("on")
    })
    .await;
    assert_eq!(request().await.expect("it answers"), AuthRequest::Cleartext);
    let token = stand_in.token_for(&billing, "cdc").await;
    let login = Connection::open(&billing, ca_file, "cdc", &token).await;
    login.expect("the token is accepted");
    let switch_off = |immediately| {
        stand_in
            .rds
            .modify_db_instance()
            .db_instance_identifier("billing")
            .enable_iam_database_authentication(false)
            .apply_immediately(immediately)
            .send()
    };
    switch_off(false).await.expect("it can be planned");
    let planned = described(&stand_in, "billing").await;
    assert_eq!(planned.iam_database_authentication_enabled(), Some(true));
    let pending = planned.pending_modified_values().expect("something is");
    assert_eq!(pending.iam_database_authentication_enabled(), Some(false));
    switch_off(true).await.expect("it can be done");
    eventually("the flag", async || {
        let now = described(&stand_in, "billing").await;
        now.iam_database_authentication_enabled() == Some(false)
            && now.db_instance_status() == Some("available")
    })
    .await;
    assert_eq!(request().await.expect("it answers"), AuthRequest::Password);
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_alone_is_described_as_rds_does() {
    let stand_in = with_instance().await;
    let billing = instance(&stand_in);
    let shown = described(&stand_in, "billing").await;
    assert_eq!(shown.engine(), Some("postgres"));
    assert_eq!(shown.db_instance_class(), Some("db.m6g.large"));
    assert_eq!(shown.db_cluster_identifier(), None);
    assert_eq!(shown.dbi_resource_id(), Some(billing.resource_id.as_str()));
    assert!(billing.resource_id.starts_with("db-"));
    assert!(billing.master_secret_arn.contains(":secret:rds!db-"));
    let secret = shown.master_user_secret().and_then(|one| one.secret_arn());
    assert_eq!(secret, Some(billing.master_secret_arn.as_str()));
    let endpoint = shown.endpoint().expect("it has one");
    assert_eq!(endpoint.address(), Some(billing.host.as_str()));
    assert!(billing.host.starts_with("billing.") && !billing.host.contains("cluster-"));
    let group = &shown.db_parameter_groups()[0];
    assert_eq!(group.db_parameter_group_name(), Some("billing-postgres15"));
    let clusters = stand_in.rds.describe_db_clusters().send().await;
    assert!(clusters.expect("it answers").db_clusters().is_empty());
    let versions = stand_in.rds.describe_db_engine_versions();
    let versions = versions.engine("postgres").send().await;
    let versions = versions.expect("they can be described");
    let families = versions.db_engine_versions().iter();
    let mut families = families.filter_map(|one| one.db_parameter_group_family());
    assert!(families.any(|family| family == "postgres15"));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_change_is_stale_then_applying_then_in_sync_and_a_static_one_waits() {
    let stand_in = with_instance().await;
    let slowly = json!({"apply_seconds": 1.0, "stale_readings": 1});
    stand_in
        .control("POST", "/instances/billing/settings", slowly)
        .await;
    let change = parameter(PARAMETER, Some("1"), ApplyMethod::Immediate);
    modify(&stand_in, change).await;
    assert_eq!(apply_status(&stand_in).await, "in-sync");
    assert_eq!(apply_status(&stand_in).await, "applying");
    eventually("in-sync", async || {
        apply_status(&stand_in).await == "in-sync"
    })
    .await;
    let change = parameter(STATIC_PARAMETER, Some("0"), ApplyMethod::PendingReboot);
    modify(&stand_in, change).await;
    eventually("pending-reboot", async || {
        apply_status(&stand_in).await == "pending-reboot"
    })
    .await;
    let request = stand_in.rds.reboot_db_instance();
    let reboot = request.db_instance_identifier("billing").send().await;
    let reboot = reboot.expect("it can be rebooted");
    let shown = reboot.db_instance().expect("it is shown");
    assert_eq!(shown.db_instance_status(), Some("rebooting"));
    eventually("the reboot", async || {
        described(&stand_in, "billing").await.db_instance_status() == Some("available")
    })
    .await;
    assert_eq!(apply_status(&stand_in).await, "in-sync");
    let level = sql(&instance(&stand_in).superuser_url, "SHOW wal_level").await;
    assert_eq!(level.as_deref(), Some("replica"));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_one_name_and_both_kinds_are_two_groups() {
    let stand_in = StandIn::start(15).await;
    let rds = &stand_in.rds;
    let create = rds.create_db_parameter_group();
    let group = create
        .db_parameter_group_name("twin")
        .db_parameter_group_family("postgres15")
        .description("for instances")
        .send()
        .await
        .expect("it can be made");
    let group = group.db_parameter_group().expect("it is shown").clone();
    assert!(
        group
            .db_parameter_group_arn()
            .is_some_and(|arn| arn.ends_with(":pg:twin"))
    );
    let create = rds.create_db_cluster_parameter_group();
    let create = create
        .db_cluster_parameter_group_name("twin")
        .db_parameter_group_family("postgres15")
        .description("for clusters");
    create.clone().send().await.expect("it can be made, too");
    let twice = create.send().await.expect_err("now it is there");
    assert_eq!(twice.code(), Some("DBParameterGroupAlreadyExists"));
    let change = rds.modify_db_parameter_group();
    change
        .db_parameter_group_name("twin")
        .parameters(parameter(PARAMETER, Some("1"), ApplyMethod::Immediate))
        .send()
        .await
        .expect("it can be set");
    let request = rds.describe_db_cluster_parameters();
    let other: Vec<Parameter> = request
        .db_cluster_parameter_group_name("twin")
        .source("user")
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .expect("all pages");
    assert!(other.is_empty(), "{other:?}");
    let delete = rds.delete_db_parameter_group();
    let delete = delete.db_parameter_group_name("twin").send().await;
    delete.expect("nothing uses it");
    let request = rds.describe_db_parameter_groups();
    let gone = request.db_parameter_group_name("twin").send().await;
    let gone = gone.expect_err("it is deleted");
    assert_eq!(gone.code(), Some("DBParameterGroupNotFound"));
    assert_eq!(gone.message(), Some("DBParameterGroup not found: twin"));
    let request = rds.describe_db_cluster_parameter_groups();
    let left = request.db_cluster_parameter_group_name("twin").send().await;
    left.expect("the other one is still there");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn db_group_reset_of_listed_parameters_must_say_not_all() {
    let stand_in = with_instance().await;
    let change = parameter(PARAMETER, Some("1"), ApplyMethod::Immediate);
    modify(&stand_in, change).await;
    eventually("in-sync", async || {
        apply_status(&stand_in).await == "in-sync"
    })
    .await;
    let reset = || {
        let request = stand_in.rds.reset_db_parameter_group();
        request.db_parameter_group_name(&instance(&stand_in).parameter_group)
    };
    let ours = parameter(PARAMETER, None, ApplyMethod::Immediate);
    let ambiguous = reset().parameters(ours.clone()).send().await;
    let ambiguous = ambiguous.expect_err("all is the default");
    assert_eq!(ambiguous.code(), Some("InvalidParameterCombination"));
    assert_eq!(names_set(&stand_in).await, [PARAMETER, STATIC_PARAMETER]);
    let listed = reset().reset_all_parameters(false).parameters(ours);
    eventually("the reset", async || listed.clone().send().await.is_ok()).await;
    assert_eq!(names_set(&stand_in).await, [STATIC_PARAMETER]);
    eventually("the reset of all", async || reset().send().await.is_ok()).await;
    assert!(names_set(&stand_in).await.is_empty());
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn multi_az_cluster_is_described_and_its_reboot_takes_in_a_new_group() {
    let stand_in = StandIn::with_options(Options {
        postgres: 15,
        clusters: Vec::new(),
        multi_az_clusters: vec!["ledger".to_owned()],
        ..Options::default()
    })
    .await;
    let rds = &stand_in.rds;
    let cluster = async || {
        let clusters = rds.describe_db_clusters().send().await;
        clusters.expect("it can be described").db_clusters()[0].clone()
    };
    let shown = cluster().await;
    assert_eq!(shown.engine(), Some("postgres"));
    assert_eq!(shown.db_cluster_instance_class(), Some("db.m6gd.large"));
    assert_eq!(shown.multi_az(), Some(true));
    assert_eq!(stand_in.cluster().parameter_group, "ledger-postgres15");
    let members = shown.db_cluster_members().iter();
    let members: Vec<_> = members
        .map(|member| (member.db_instance_identifier(), member.is_cluster_writer()))
        .collect();
    assert_eq!(
        members,
        [
            (Some("ledger-1"), Some(true)),
            (Some("ledger-2"), Some(false)),
            (Some("ledger-3"), Some(false)),
        ]
    );
    let member = described(&stand_in, "ledger-3").await;
    assert_eq!(member.engine(), Some("postgres"));
    assert_eq!(member.db_cluster_identifier(), Some("ledger"));
    rds.modify_db_cluster()
        .db_cluster_identifier("ledger")
        .db_cluster_parameter_group_name("default.postgres15")
        .apply_immediately(true)
        .send()
        .await
        .expect("it can be attached");
    let statuses = async || -> Vec<String> {
        let cluster = cluster().await;
        let members = cluster.db_cluster_members().iter();
        members
            .filter_map(|member| member.db_cluster_parameter_group_status())
            .map(str::to_owned)
            .collect()
    };
    eventually("pending-reboot", async || {
        statuses().await == ["pending-reboot"; 3]
    })
    .await;
    let reboot = rds.reboot_db_cluster().db_cluster_identifier("ledger");
    let reboot = reboot.send().await.expect("it can be rebooted");
    let shown = reboot.db_cluster().and_then(|cluster| cluster.status());
    assert_eq!(shown, Some("rebooting"));
    eventually("the reboot", async || {
        cluster().await.status() == Some("available")
    })
    .await;
    assert_eq!(statuses().await, ["in-sync"; 3]);
    // Logical replication is off in the new group.
    let level = stand_in.sql("SHOW wal_level").await;
    assert_eq!(level.as_deref(), Some("replica"));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_other_kinds_can_do_is_refused() {
    let stand_in = StandIn::with_options(Options {
        postgres: 15,
        instances: vec!["billing".to_owned()],
        ..Options::default()
    })
    .await;
    let rds = &stand_in.rds;
    let reboot = rds.reboot_db_cluster().db_cluster_identifier("orders");
    let reboot = reboot.send().await.expect_err("it is an Aurora cluster");
    assert_eq!(reboot.code(), Some("InvalidDBClusterStateFault"));
    let member = rds.modify_db_instance().db_instance_identifier("orders-1");
    let member = member.enable_iam_database_authentication(false).send();
    let member = member.await.expect_err("the cluster decides");
    assert_eq!(member.code(), Some("InvalidParameterCombination"));
    let attach = rds.modify_db_instance().db_instance_identifier("billing");
    let wrong = attach.clone().db_parameter_group_name("default.postgres16");
    let wrong = wrong.send().await.expect_err("it is of another version");
    assert_eq!(wrong.code(), Some("InvalidParameterCombination"));
    let missing = attach.db_parameter_group_name("orders-aurora-postgresql15");
    let missing = missing.send().await.expect_err("it is a cluster's");
    assert_eq!(missing.code(), Some("DBParameterGroupNotFound"));
    let endpoint = &stand_in.connection().control_endpoint;
    for path in [
        "/instances/billing/failover",
        "/instances/orders/reboot",
        "/instances/orders-1/reboot",
        "/clusters/billing/reboot",
        "/others/billing/reboot",
    ] {
        match client::control(endpoint, "POST", path, &Value::Null).await {
            Err(ControlError::Refused { body, .. }) => assert!(body["message"].is_string()),
            other => panic!("{path}: {other:?}"),
        }
    }
    for step in ["stop", "start", "reboot"] {
        let path = format!("/instances/billing/{step}");
        stand_in.control("POST", &path, Value::Null).await;
    }
    let traffic = stand_in.control("GET", "/instances/billing/traffic", Value::Null);
    assert!(traffic.await["connections"].is_object());
    stand_in.stop().await;
}
