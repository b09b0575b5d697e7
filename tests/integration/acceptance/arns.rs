//! An ARN where an identifier or a name belongs: refused in the same words wherever it is given, at validation
//! and where it becomes known only at apply.

use crate::support::{Kind, StandIn, Workspace, any_major};

const CLUSTER: &str = "arn:aws:rds:eu-central-1:123456789012:cluster:orders";
const INSTANCE: &str = "arn:aws:rds:eu-central-1:123456789012:db:billing";
const CLUSTER_GROUP: &str = "arn:aws:rds:eu-central-1:123456789012:cluster-pg:orders";
const GROUP: &str = "arn:aws:rds:eu-central-1:123456789012:pg:billing";

const OF_CLUSTER: &str = "`cluster_identifier` of `aws_rds_cluster`";
const OF_INSTANCE: &str = "`identifier` of `aws_db_instance`";

fn parameter(arguments: &str) -> String {
    format!("resource \"rdsiam_replication_parameter\" \"this\" {{\n  {arguments}\n}}\n")
}

fn user(arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"cdc\"\n  {arguments}\n}}\n"
    )
}

fn data(type_name: &str, arguments: &str) -> String {
    format!("data \"rdsiam_{type_name}\" \"this\" {{\n  {arguments}\n}}\n")
}

#[test]
fn arn_in_a_configuration_is_refused_with_the_attribute_that_holds_the_identifier() {
    let workspace = Workspace::offline();
    let cluster = format!("cluster_identifier = {CLUSTER:?}");
    let instance = format!("db_instance_identifier = {INSTANCE:?}");
    let token = |arguments: &str| {
        format!(
            "ephemeral \"rdsiam_auth_token\" \"this\" {{\n  username = \"cdc\"\n  {arguments}\n}}\n"
        )
    };
    let provider = |arguments: &str| {
        format!(
            "provider \"rdsiam\" {{\n  postgres {{\n    {arguments}\n  }}\n}}\n{}",
            user("")
        )
    };
    for (configuration, source) in [
        (parameter(&cluster), OF_CLUSTER),
        (parameter(&instance), OF_INSTANCE),
        (
            parameter(&format!(
                "db_cluster_parameter_group_name = {CLUSTER_GROUP:?}"
            )),
            "`name` of `aws_rds_cluster_parameter_group`",
        ),
        (
            parameter(&format!("db_parameter_group_name = {GROUP:?}")),
            "`name` of `aws_db_parameter_group`",
        ),
        (
            parameter(&format!(
                "cluster_identifier = \"orders\"\n  expected_cluster_identifiers = [\"a\", {CLUSTER:?}]"
            )),
            OF_CLUSTER,
        ),
        (user(&cluster), OF_CLUSTER),
        (user(&instance), OF_INSTANCE),
        (data("replication_status", &cluster), OF_CLUSTER),
        (data("replication_status", &instance), OF_INSTANCE),
        (data("replication_users", &cluster), OF_CLUSTER),
        (data("replication_users", &instance), OF_INSTANCE),
        (token(&cluster), OF_CLUSTER),
        (token(&instance), OF_INSTANCE),
        (provider(&cluster), OF_CLUSTER),
        (provider(&instance), OF_INSTANCE),
    ] {
        workspace.write(&configuration);
        workspace
            .run(&["validate"])
            .failure()
            .says("is an ARN")
            .says(source);
    }
}

#[test]
fn arn_that_becomes_known_at_apply_is_refused_before_anything_changes() {
    let stand_in = StandIn::start(any_major());
    let later = format!("resource \"terraform_data\" \"arn\" {{\n  input = {CLUSTER:?}\n}}\n");
    let named = "cluster_identifier = terraform_data.arn.output";
    for configuration in [
        parameter(named),
        parameter(
            "cluster_identifier = \"orders\"\n  expected_cluster_identifiers = [terraform_data.arn.output]",
        ),
        user(named),
        data("replication_status", named),
        data("replication_users", named),
    ] {
        let workspace = Workspace::new(&stand_in);
        workspace.write(&(stand_in.provider() + &later + &configuration));
        stand_in.forget_calls();
        workspace
            .apply()
            .failure()
            .says("is an ARN")
            .says(OF_CLUSTER);
        assert_eq!(stand_in.calls_of(Kind::Cluster.modify()), 0);
        assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
    }
}

#[test]
fn arn_in_an_import_id_is_refused() {
    let stand_in = StandIn::without_server();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&parameter("cluster_identifier = \"orders\""));
    workspace
        .run(&[
            "import",
            "rdsiam_replication_parameter.this",
            &format!("cluster/{CLUSTER}"),
        ])
        .failure()
        .says("is an ARN")
        .says(OF_CLUSTER);
}
