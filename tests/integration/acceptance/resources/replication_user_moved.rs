//! Users that cyrilgdn/postgresql managed before: moved without touching the database.

use serde_json::{Value, json};

use crate::support::{StandIn, Workspace, fixture};

const ADDRESS: &str = "rdsiam_replication_user.cdc";

/// A resource in a state, as cyrilgdn/postgresql leaves it.
fn managed(r#type: &str, name: &str, attributes: &Value) -> Value {
    json!({
        "mode": "managed",
        "type": r#type,
        "name": name,
        "provider": "provider[\"registry.terraform.io/cyrilgdn/postgresql\"]",
        "instances": [{
            "schema_version": 0,
            "attributes": attributes,
            "sensitive_attributes": [],
            "private": "bnVsbA=="
        }]
    })
}

fn grant(role: &str) -> Value {
    let attributes = json!({
        "id": format!("cdc_{role}_false"), "role": "cdc", "grant_role": role, "with_admin_option": false
    });
    managed("postgresql_grant_role", role, &attributes)
}

fn role(change: &Value) -> Value {
    let mut attributes = json!({
        "id": "cdc", "name": "cdc", "login": true, "replication": false, "superuser": false,
        "create_database": false, "create_role": false, "inherit": true,
        "bypass_row_level_security": false, "connection_limit": -1, "valid_until": "infinity",
        "encrypted_password": true, "encrypted": null, "password": "hush", "password_wo": null,
        "password_wo_version": null, "roles": ["rds_iam", "rds_replication"], "search_path": null,
        "skip_drop_role": false, "skip_reassign_owned": false, "statement_timeout": 0,
        "idle_in_transaction_session_timeout": 0, "assume_role": ""
    });
    for (name, value) in change.as_object().expect("a change is an object") {
        attributes[name] = value.clone();
    }
    managed("postgresql_role", "cdc", &attributes)
}

/// A working directory whose state is of somebody else.
fn workspace(stand_in: &StandIn, resources: &[Value], configuration: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1,
        "lineage": "6f1c5d2e-0d3b-4a52-9f0e-2b8f3d1f6a01", "outputs": {}, "resources": resources
    });
    std::fs::write(
        workspace.path().join("terraform.tfstate"),
        state.to_string(),
    )
    .expect("the state can be written");
    workspace.add_provider("cyrilgdn/postgresql", &fixture::postgresql());
    workspace.write(&(stand_in.provider() + configuration));
    workspace
}

fn moved(from: &str, arguments: &str) -> String {
    format!(
        "moved {{\n  from = {from}\n  to   = {ADDRESS}\n}}\nresource \"rdsiam_replication_user\" \"cdc\" {{\n  \
         name = \"cdc\"\n  {arguments}\n}}\n"
    )
}

fn granted() -> StandIn {
    let stand_in = StandIn::start(15);
    // `cdc` is there from the start.
    stand_in.sql("GRANT rds_iam, rds_replication TO cdc");
    stand_in
}

#[test]
fn moved_grant_is_taken_over_without_touching_the_database() {
    let stand_in = granted();
    let configuration = moved("postgresql_grant_role.rds_iam", "");
    let workspace = workspace(&stand_in, &[grant("rds_iam")], &configuration);
    let plan = workspace.plan().changes().says("has moved to");
    plan.does_not_say("will be destroyed")
        .does_not_say("must be replaced");
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["id"], "cluster:orders/cdc");
    assert_eq!(state["rds_iam"], true);
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    workspace.destroy().success();
    // The right to replicate was there, and not this resource's.
    assert_eq!(stand_in.memberships("cdc"), ["rds_replication"]);
}

#[test]
fn moved_grant_into_a_cluster_that_the_resource_names_is_an_update() {
    let stand_in = granted();
    let arguments = "cluster_identifier = \"orders\"";
    let configuration = moved("postgresql_grant_role.rds_replication", arguments);
    let workspace = workspace(&stand_in, &[grant("rds_replication")], "");
    let cluster = stand_in.cluster();
    workspace.write(&format!(
        "provider \"rdsiam\" {{\n  postgres {{\n    connect_host = {:?}\n    connect_port = {}\n    sslrootcert = {:?}\n  \
         }}\n}}\n{configuration}",
        cluster.connect_host,
        cluster.connect_port,
        stand_in.connection().ca_file
    ));
    let plan = workspace.plan().changes();
    plan.does_not_say("must be replaced");
    workspace.apply().success();
    workspace.plan().empty();
    workspace.destroy().success();
    // The grant that was moved, and what was declared here.
    assert_eq!(stand_in.memberships("cdc"), [""; 0]);
}

#[test]
fn moved_role_is_owned_and_the_grants_beside_it_are_let_go() {
    let stand_in = granted();
    let resources = [role(&json!({})), grant("rds_iam"), grant("rds_replication")];
    let configuration = moved("postgresql_role.cdc", "create_role = true")
        + "removed {\n  from = postgresql_grant_role.rds_iam\n  lifecycle {\n    destroy = false\n  }\n}\n\
           removed {\n  from = postgresql_grant_role.rds_replication\n  lifecycle {\n    destroy = false\n  }\n}\n";
    let workspace = workspace(&stand_in, &resources, &configuration);
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(stand_in.memberships("cdc"), ["rds_iam", "rds_replication"]);
    assert!(!workspace.state_text().contains("postgresql_grant_role"));
    stand_in.sql("DROP OWNED BY cdc");
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'cdc'");
    assert_eq!(left.as_deref(), Some("0"));
}

#[test]
fn moved_what_cannot_be_represented_is_an_error_that_says_why() {
    let stand_in = granted();
    let other = grant("app_owner");
    let mut admin = grant("rds_iam");
    admin["instances"][0]["attributes"]["with_admin_option"] = true.into();
    for (resource, from, said) in [
        (other, "postgresql_grant_role.app_owner", "app_owner"),
        (admin, "postgresql_grant_role.rds_iam", "WITH ADMIN OPTION"),
        (
            role(&json!({"connection_limit": 5, "roles": ["rds_iam", "app"]})),
            "postgresql_role.cdc",
            "`connection_limit`, membership in \"app\" (`roles`)",
        ),
        (
            role(&json!({"superuser": true})),
            "postgresql_role.cdc",
            "`superuser`",
        ),
    ] {
        let configuration = moved(from, "create_role = true");
        workspace(&stand_in, &[resource], &configuration)
            .run(&["plan"])
            .failure()
            .says(said);
    }
}
