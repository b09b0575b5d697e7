//! The basics against moto's server, which is not ours: the same calls, answered by somebody who read
//! the same documentation. It has no PostgreSQL, cannot reset a parameter, and lists only the
//! parameters that somebody has set, by name and value alone.

use aws_sdk_rds::types::{ApplyMethod, Parameter};

use crate::support::{PARAMETER, Workspace, moto::Moto};

const ADDRESS: &str = "rdsiam_replication_parameter.this";

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter::builder()
        .parameter_name(name)
        .parameter_value(value)
        .apply_method(ApplyMethod::Immediate)
        .build()
}

fn write(workspace: &Workspace, argument: &str, more: &str) {
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {argument} = \"orders\"\n  on_destroy = \
         \"retain\"\n{more}\n}}\n"
    ));
}

/// The life of a parameter, with what somebody else does to it.
fn check(
    workspace: &Workspace,
    argument: &str,
    set: impl Fn(&str, &str),
    value: impl Fn() -> String,
) {
    write(workspace, argument, "");
    // What is not in the list cannot be told from what the family lacks.
    workspace
        .apply()
        .failure()
        .says("has no parameter rds.iam_auth_for_replication");
    set("rds.logical_replication", "1");
    set(PARAMETER, "0");
    workspace.apply().success();
    assert_eq!(value(), "1");
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["parameter_group_name"], "orders-group");
    workspace.plan().empty();

    set(PARAMETER, "0");
    workspace.plan().changes().says("enabled");
    workspace.apply().success();
    assert_eq!(value(), "1");

    write(workspace, argument, "  enabled = false");
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    assert_eq!(value(), "0");
    workspace.plan().empty();
    let id = state["id"].as_str().expect("an id");
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace.run(&["import", ADDRESS, id]).success();
    workspace.destroy().success();
    assert_eq!(value(), "0");
}

#[test]
fn moto_cluster_converges_shows_drift_and_is_updated() {
    let Some(moto) = Moto::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let rds = moto.rds();
    runtime.block_on(async {
        rds.create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name("orders-group")
            .db_parameter_group_family("aurora-postgresql17")
            .description("orders")
            .send()
            .await
            .expect("a group can be made");
        rds.create_db_cluster()
            .db_cluster_identifier("orders")
            .engine("aurora-postgresql")
            .engine_version("17.4")
            .master_username("master")
            .master_user_password("not-a-secret")
            .db_cluster_parameter_group_name("orders-group")
            .enable_iam_database_authentication(true)
            .send()
            .await
            .expect("a cluster can be made");
        rds.create_db_instance()
            .db_instance_identifier("orders-1")
            .db_instance_class("db.r6g.large")
            .engine("aurora-postgresql")
            .db_cluster_identifier("orders")
            .send()
            .await
            .expect("a member can be made");
    });
    let workspace = Workspace::with_environment(moto.environment());
    let set = |name: &str, value: &str| {
        runtime.block_on(async {
            rds.modify_db_cluster_parameter_group()
                .db_cluster_parameter_group_name("orders-group")
                .parameters(parameter(name, value))
                .send()
                .await
                .expect("the parameter can be set");
        });
    };
    let value = || {
        let described = runtime.block_on(
            rds.describe_db_cluster_parameters()
                .db_cluster_parameter_group_name("orders-group")
                .send(),
        );
        let described = described.expect("the parameters can be listed");
        value_of(described.parameters())
    };
    check(&workspace, "cluster_identifier", set, value);
}

#[test]
fn moto_instance_converges_shows_drift_and_is_updated() {
    let Some(moto) = Moto::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let rds = moto.rds();
    runtime.block_on(async {
        rds.create_db_parameter_group()
            .db_parameter_group_name("orders-group")
            .db_parameter_group_family("postgres17")
            .description("orders")
            .send()
            .await
            .expect("a group can be made");
        rds.create_db_instance()
            .db_instance_identifier("orders")
            .db_instance_class("db.t4g.medium")
            .engine("postgres")
            .engine_version("17.4")
            .allocated_storage(20)
            .master_username("master")
            .master_user_password("not-a-secret")
            .db_parameter_group_name("orders-group")
            .enable_iam_database_authentication(true)
            .send()
            .await
            .expect("an instance can be made");
    });
    let workspace = Workspace::with_environment(moto.environment());
    let set = |name: &str, value: &str| {
        runtime.block_on(async {
            rds.modify_db_parameter_group()
                .db_parameter_group_name("orders-group")
                .parameters(parameter(name, value))
                .send()
                .await
                .expect("the parameter can be set");
        });
    };
    let value = || {
        let described = runtime.block_on(
            rds.describe_db_parameters()
                .db_parameter_group_name("orders-group")
                .send(),
        );
        let described = described.expect("the parameters can be listed");
        value_of(described.parameters())
    };
    check(&workspace, "db_instance_identifier", set, value);
}

fn value_of(parameters: &[Parameter]) -> String {
    parameters
        .iter()
        .find(|parameter| parameter.parameter_name() == Some(PARAMETER))
        .and_then(|parameter| parameter.parameter_value())
        .unwrap_or_default()
        .to_owned()
}
