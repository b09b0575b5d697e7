//! `list "rdsiam_replication_user"`: what is found is imported as it is.

use std::fs;

use crate::support::{Ability, StandIn, Workspace};

/// A list block with these arguments in its `config`.
fn list(arguments: &str, config: &str) -> String {
    format!(
        "list \"rdsiam_replication_user\" \"all\" {{\n  provider = rdsiam\n  {arguments}\n  config {{\n    {config}\n  \
         }}\n}}\n"
    )
}

fn write_query(workspace: &Workspace, query: &str) {
    fs::write(workspace.path().join("users.tfquery.hcl"), query).expect("it can be written");
}

/// A stand-in with three users, one of which has a name that no language likes.
fn with_users() -> StandIn {
    let stand_in = StandIn::start(15);
    stand_in.sql(
        "CREATE ROLE app LOGIN; GRANT rds_iam, rds_replication TO app; \
         CREATE ROLE \"half/\"\"way@eu ${x} %{y}\" LOGIN; GRANT rds_replication TO \"half/\"\"way@eu ${x} %{y}\"",
    );
    stand_in
}

#[test]
fn query_generates_a_configuration_that_imports_every_user_without_a_change() {
    let stand_in = with_users();
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Query) {
        return;
    }
    workspace.write(&stand_in.provider());
    // Naming the provider's own database changes nothing.
    write_query(
        &workspace,
        &list("include_resource = true", "cluster_identifier = \"orders\""),
    );
    workspace
        .run(&["query", "-generate-config-out=generated.tf"])
        .success()
        .says("cluster:orders/app")
        .says("cluster:orders/cdc")
        .says("cluster:orders/half/\"way@eu ${x} %{y}");
    workspace
        .plan()
        .changes()
        .says("3 to import, 0 to add, 0 to change, 0 to destroy");
    workspace.apply().success();
    workspace.plan().empty();
    // It is told by now: an update of what was imported has something to compare with.
    assert_eq!(stand_in.memberships("app"), ["rds_iam", "rds_replication"]);
}

#[test]
fn query_finds_no_more_than_it_is_asked_for() {
    let stand_in = with_users();
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Query) {
        return;
    }
    workspace.write(&stand_in.provider());
    write_query(&workspace, &list("", "name_regex = \"^a\""));
    workspace
        .run(&["query"])
        .success()
        .says("cluster:orders/app")
        .does_not_say("cluster:orders/cdc");
    write_query(&workspace, &list("limit = 1", ""));
    workspace
        .run(&["query"])
        .success()
        .says("cluster:orders/app")
        .does_not_say("cluster:orders/cdc");
    write_query(&workspace, &list("", "name_regex = \"(\""));
    workspace.run(&["query"]).failure().says("name_regex");
    write_query(&workspace, &list("", "cluster_identifier = \"missing\""));
    workspace
        .run(&["query"])
        .failure()
        .says("missing")
        .says("cluster_identifier");
}
