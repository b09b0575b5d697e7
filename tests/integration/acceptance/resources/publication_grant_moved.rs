//! Grants that cyrilgdn/postgresql managed before: moved without touching the database.

use serde_json::{Value, json};

use crate::support::{
    StandIn, Workspace, any_major, fixture,
    grant::{ADDRESS, reads, resource, rights, with_tables},
    publication::as_master,
};

/// A working directory whose state has a grant, as cyrilgdn/postgresql leaves it, with a block that moves it.
fn workspace(stand_in: &StandIn, change: &Value) -> Workspace {
    let database = &stand_in.cluster().database;
    let mut attributes = json!({
        "id": format!("reader_{database}_sales_table"), "role": "reader", "database": database, "schema": "sales",
        "object_type": "table", "objects": [], "columns": [], "privileges": ["SELECT"], "with_grant_option": false
    });
    for (name, value) in change.as_object().expect("a change is an object") {
        attributes[name] = value.clone();
    }
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1,
        "lineage": "6f1c5d2e-0d3b-4a52-9f0e-2b8f3d1f6a02", "outputs": {}, "resources": [{
            "mode": "managed",
            "type": "postgresql_grant",
            "name": "this",
            "provider": "provider[\"registry.terraform.io/cyrilgdn/postgresql\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": attributes,
                "sensitive_attributes": [],
                "private": "bnVsbA=="
            }]
        }]
    });
    let workspace = Workspace::new(stand_in);
    let path = workspace.path().join("terraform.tfstate");
    std::fs::write(path, state.to_string()).expect("the state can be written");
    workspace.add_provider("cyrilgdn/postgresql", &fixture::postgresql());
    let moved = format!("moved {{\n  from = postgresql_grant.this\n  to   = {ADDRESS}\n}}\n");
    workspace.write(&(stand_in.provider() + &resource("reader", &["p"], "") + &moved));
    workspace
}

#[test]
fn moved_grant_is_taken_over_with_what_is_published() {
    let stand_in = with_tables(any_major());
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA sales TO reader",
    );
    let workspace = workspace(&stand_in, &json!({}));
    workspace
        .plan()
        .changes()
        .says("has moved to")
        .does_not_say("will be destroyed")
        .does_not_say("must be replaced");
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["granted_tables"], json!(["sales.a", "sales.b"]));
    workspace.destroy().success();
    assert!(!reads(&stand_in, "reader", "sales.a"));
    // What is not published is not ours.
    assert_eq!(rights(&stand_in, "reader"), 1);
}

#[test]
fn moved_grant_that_stands_for_more_is_refused() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, &json!({"privileges": ["SELECT", "INSERT"]}));
    workspace
        .plan()
        .failure()
        .says("grants INSERT")
        .says("TARGET/DATABASE/reader");
}
