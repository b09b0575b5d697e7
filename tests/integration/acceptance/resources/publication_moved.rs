//! Publications that cyrilgdn/postgresql managed before: moved without touching the database.

use serde_json::{Value, json};

use crate::support::{
    StandIn, Workspace, any_major, fixture,
    publication::{ADDRESS, as_master, is_there, resource},
};

/// A working directory whose state has a publication, as cyrilgdn/postgresql leaves it, with a block that moves it.
fn workspace(stand_in: &StandIn, change: &Value, arguments: &str) -> Workspace {
    let database = &stand_in.cluster().database;
    let mut attributes = json!({
        "id": format!("{database}.p"), "name": "p", "database": database, "owner": "master",
        "tables": ["public.a"], "all_tables": false, "drop_cascade": false,
        "publish_param": ["insert", "update", "delete", "truncate"],
        "publish_via_partition_root_param": false
    });
    for (name, value) in change.as_object().expect("a change is an object") {
        attributes[name] = value.clone();
    }
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1,
        "lineage": "6f1c5d2e-0d3b-4a52-9f0e-2b8f3d1f6a01", "outputs": {}, "resources": [{
            "mode": "managed",
            "type": "postgresql_publication",
            "name": "p",
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
    let moved = format!("moved {{\n  from = postgresql_publication.p\n  to   = {ADDRESS}\n}}\n");
    workspace.write(&(stand_in.provider() + &resource("p", arguments) + &moved));
    workspace
}

#[test]
fn moved_publication_is_taken_over_without_touching_the_database() {
    let stand_in = StandIn::start(any_major());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE public.a",
    );
    let tables = r#"tables = { "public.a" = {} }"#;
    let workspace = workspace(&stand_in, &json!({}), tables);
    workspace
        .plan()
        .changes()
        .says("has moved to")
        .does_not_say("will be destroyed")
        .does_not_say("must be replaced");
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["owner"], "master");
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "p"));
}

#[test]
fn moved_publication_is_updated_where_it_was_not_read() {
    let stand_in = StandIn::start(any_major());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE public.a",
    );
    let workspace = workspace(
        &stand_in,
        &json!({}),
        "publish = [\"insert\"]\n  tables = { \"public.a\" = {} }",
    );
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    let updates = stand_in.sql_value("SELECT pubupdate FROM pg_publication WHERE pubname = 'p'");
    assert_eq!(updates.as_deref(), Some("f"));
    workspace.plan().empty();
}

#[test]
fn moved_publication_that_cannot_be_represented_is_an_error_that_says_why() {
    let stand_in = StandIn::start(any_major());
    for table in ["public.a WHERE (id > 1)", "my.schema.a"] {
        workspace(&stand_in, &json!({"tables": [table]}), "")
            .run(&["plan"])
            .failure()
            .says("TARGET/DATABASE/p");
    }
}
