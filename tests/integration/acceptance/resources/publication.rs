//! `rdsiam_publication`: created, read, changed, destroyed, imported, and what is refused.

use rstest_reuse::apply;

use crate::support::{
    Ability, StandIn, Workspace, any_major, on_both_sides_of_16,
    publication::{ADDRESS, as_master, is_there, members, resource, rewrite, workspace},
    user::hcl,
};

/// The tables `a`, `b` and `c` of the master user, each with a key.
const TABLES: &str = "CREATE TABLE public.a (id int PRIMARY KEY, v text); \
     CREATE TABLE public.b (id int PRIMARY KEY, v text); CREATE TABLE public.c (id int PRIMARY KEY, v text)";

/// A stand-in with these tables.
fn with_tables(major: u16) -> StandIn {
    let stand_in = StandIn::start(major);
    as_master(&stand_in, TABLES);
    stand_in
}

#[apply(on_both_sides_of_16)]
fn publication_of_tables_is_created_read_changed_and_dropped(major: u16) {
    let stand_in = with_tables(major);
    let both = r#"tables = { "public.a" = {}, "public.b" = {} }"#;
    let workspace = workspace(&stand_in, "p", both);
    workspace.plan().changes().says("1 to add");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.a", "public.b"]);
    let comment =
        "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = 'p'";
    let comment = stand_in.sql_value(comment);
    assert_eq!(
        comment.as_deref(),
        Some("Created by terraform-provider-rdsiam")
    );
    let state = workspace.state(ADDRESS).expect("a state");
    let database = &stand_in.cluster().database;
    assert_eq!(state["id"], format!("cluster:orders/{database}/p"));
    assert_eq!(state["database"], database.as_str());
    workspace.plan().empty();

    let before = stand_in.sql_value("SELECT oid FROM pg_publication WHERE pubname = 'p'");
    let others = r#"tables = { "public.b" = {}, "public.c" = {} }
        publish = ["insert", "update"]"#;
    rewrite(&workspace, &stand_in, "p", others);
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    assert_eq!(members(&stand_in, "p"), ["public.b", "public.c"]);
    let after = stand_in.sql_value("SELECT oid FROM pg_publication WHERE pubname = 'p'");
    assert_eq!(before, after);
    workspace.plan().empty();
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "p"));
}

#[test]
fn publication_changed_by_somebody_else_is_drift_that_an_apply_mends() {
    let stand_in = with_tables(any_major());
    let both = r#"tables = { "public.a" = {}, "public.b" = {} }"#;
    let workspace = workspace(&stand_in, "p", both);
    workspace.apply().success();
    // Of that name there is a table again, which is not in.
    as_master(
        &stand_in,
        "DROP TABLE public.a; CREATE TABLE public.a (id int PRIMARY KEY); \
         ALTER PUBLICATION p ADD TABLE public.c; ALTER PUBLICATION p SET (publish = 'insert')",
    );
    workspace
        .plan()
        .changes()
        .says("+ \"public.a\"")
        .says("- \"public.c\"")
        .says("+ \"delete\"");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.a", "public.b"]);
    workspace.plan().empty();
}

#[test]
fn publication_dropped_by_somebody_else_leaves_the_state_and_is_created_anew() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", r#"tables = { "public.a" = {} }"#);
    workspace.apply().success();
    stand_in.sql("SELECT pg_create_logical_replication_slot('consumer', 'pgoutput')");
    as_master(&stand_in, "DROP PUBLICATION p");
    workspace
        .plan()
        .changes()
        .says("Publication Is Gone")
        .says("\"consumer\"")
        .says("Slots Before The Publication")
        .says("1 to add");
    workspace.apply().success();
    as_master(
        &stand_in,
        "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLE public.b",
    );
    workspace
        .plan()
        .changes()
        .says("Publication Is Another One")
        .says("Publication Exists");
    workspace
        .apply()
        .failure()
        .says("this provider did not create it");
    assert_eq!(members(&stand_in, "p"), ["public.b"]);
}

#[test]
fn publication_that_exists_is_refused_and_imported() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, "CREATE PUBLICATION p FOR TABLE public.a");
    let database = &stand_in.cluster().database;
    let id = format!("cluster:orders/{database}/p");
    let one = r#"tables = { "public.a" = {} }"#;
    let workspace = workspace(&stand_in, "p", one);
    workspace
        .apply()
        .failure()
        .says("is there already")
        .says(&format!("terraform import ADDRESS '{id}'"));
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.plan().empty();
    // Of a run that lost its state it is no other.
    workspace.run(&["state", "rm", ADDRESS]).success();
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{id}\"\n}}\n");
    workspace.write(&(stand_in.provider() + &resource("p", one) + &import));
    workspace
        .apply()
        .success()
        .says("1 imported, 0 added, 0 changed, 0 destroyed");
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "p"));
    for id in ["cluster:orders/p", "cluster:orders//p", "cluster:orders"] {
        workspace
            .run(&["import", ADDRESS, id])
            .failure()
            .says("TARGET/DATABASE/NAME");
    }
}

#[test]
fn publication_created_by_a_run_that_lost_its_state_is_refused_as_ours() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", r#"tables = { "public.a" = {} }"#);
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    workspace
        .apply()
        .failure()
        .says("with the comment of this provider");
}

#[test]
fn publication_retained_at_destroy_stays() {
    let stand_in = with_tables(any_major());
    let arguments = "on_destroy = \"retain\"\n  tables = { \"public.a\" = {} }";
    let workspace = workspace(&stand_in, "p", arguments);
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
}

#[apply(on_both_sides_of_16)]
fn publication_of_hostile_names_is_created_read_changed_and_dropped(major: u16) {
    let stand_in = StandIn::start(major);
    let longest = "x".repeat(63);
    let names = [
        ("a.b", "c\"d"),
        ("it's", "Order Items"),
        ("UPPER", "\\'; DROP TABLE public.orders;--"),
        ("upper", "upper"),
        ("Upper", "upper"),
        ("${hcl}", longest.as_str()),
    ];
    let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let part = |name: &str| match name.contains(['.', '"']) {
        true => ident(name),
        false => name.to_owned(),
    };
    // From 15 on with a hostile column, too.
    let member = match major {
        15.. => {
            let column = hcl("I d\"");
            let filter = hcl("\"I d\"\"\" > 1");
            format!("{{ columns = [\"{column}\"], where = \"{filter}\" }}")
        }
        _ => "{}".to_owned(),
    };
    let mut keys = Vec::new();
    for (schema, table) in names {
        as_master(
            &stand_in,
            &format!(
                "CREATE SCHEMA {schema}; CREATE TABLE {schema}.{table} (\"I d\"\"\" int PRIMARY KEY, v text)",
                schema = ident(schema),
                table = ident(table)
            ),
        );
        let key = format!("{}.{}", part(schema), part(table));
        keys.push(format!("\"{}\" = {member}", hcl(&key)));
    }
    let before = stand_in.sql_value("SELECT count(*) FROM pg_publication");
    let name = "Pub\"; DROP TABLE public.orders;--/it's";
    let workspace = workspace(
        &stand_in,
        name,
        &format!("tables = {{ {} }}", keys.join(", ")),
    );
    workspace.apply().success();
    assert_eq!(members(&stand_in, name).len(), names.len());
    workspace.plan().empty();
    let fewer = keys[1..].join(", ");
    rewrite(
        &workspace,
        &stand_in,
        name,
        &format!("tables = {{ {fewer} }}"),
    );
    workspace.apply().success();
    assert_eq!(members(&stand_in, name).len(), names.len() - 1);
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(
        stand_in.sql_value("SELECT count(*) FROM pg_publication"),
        before
    );
    assert!(stand_in.sql_value("SELECT count(*) FROM orders").is_some());
}

#[test]
fn publication_configuration_that_cannot_be_meant_is_refused_without_a_server() {
    for (arguments, said) in [
        (r#"tables = { "orders" = {} }"#, "schema.table"),
        (
            r#"tables = { "public.a" = {}, "\"public\".a" = {} }"#,
            "twice",
        ),
        (
            r#"tables = { "public.a" = { where = "true); DROP TABLE x; --" } }"#,
            "one expression",
        ),
        ("all_tables = true\n  schemas = [\"s\"]", "At most one of"),
        ("publish = [\"upsert\"]", "must be one of"),
        ("schemas = [\"\"]", "must not be empty"),
        (
            r#"tables = { "public.a" = { columns = [] } }"#,
            "have 1 to 1600 elements",
        ),
        (
            r#"tables = { "public.a" = { columns = ["a\u0000b"] } }"#,
            "zero byte",
        ),
        (r#"tables = { "public.a\u0000b" = {} }"#, "zero byte"),
        ("region = \"eu-west-1\"", "Region Of Nothing"),
    ] {
        let workspace = Workspace::offline();
        workspace.write(&resource("p", arguments));
        workspace.run(&["validate"]).failure().says(said);
    }
    let long = "x".repeat(64);
    let column = format!("tables = {{ \"public.a\" = {{ columns = [\"{long}\"] }} }}");
    for block in [resource(&long, ""), resource("p", &column)] {
        let workspace = Workspace::offline();
        workspace.write(&block);
        workspace.run(&["validate"]).failure().says("63");
    }
}

#[test]
fn publication_of_tables_that_cannot_join_is_refused_and_the_plan_says_so() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, "CREATE VIEW public.view AS SELECT 1 AS one");
    stand_in.sql("CREATE ROLE app; CREATE TABLE public.foreign (id int PRIMARY KEY); ALTER TABLE public.foreign OWNER TO app");
    for (table, warning, refusal) in [
        (
            "public.missing",
            "Tables Not There",
            "There is no table public.missing",
        ),
        (
            "public.view",
            "Tables Not To Be Published",
            "Only ordinary and partitioned tables",
        ),
        (
            "public.foreign",
            "Tables Of Others",
            "GRANT \"app\" TO \"master\";",
        ),
    ] {
        let tables = format!("tables = {{ \"public.a\" = {{}}, \"{table}\" = {{}} }}");
        let workspace = workspace(&stand_in, "p", &tables);
        workspace.plan().changes().says(warning).says(table);
        workspace.apply().failure().says(refusal);
        assert!(!is_there(&stand_in, "p"));
        assert!(workspace.state(ADDRESS).is_none());
    }
}

#[test]
fn publication_of_a_database_that_the_resource_names_is_replaced_when_that_changes() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE DATABASE \"other/db\"");
    stand_in.sql("ALTER DATABASE \"other/db\" OWNER TO master");
    let workspace = workspace(&stand_in, "p", "database = \"other/db\"");
    workspace.apply().success();
    assert!(!is_there(&stand_in, "p"));
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["id"], "cluster:orders/other/db/p");
    workspace.plan().empty();
    let own = format!("database = {:?}", stand_in.cluster().database);
    rewrite(&workspace, &stand_in, "p", &own);
    workspace.plan().changes().says("must be replaced");
    workspace.apply().success();
    assert!(is_there(&stand_in, "p"));
    // Where none is named, it stays where it is.
    rewrite(&workspace, &stand_in, "p", "");
    workspace.plan().empty();
}

#[test]
fn publication_server_down_is_no_obstacle_to_the_plan_of_a_create() {
    let stand_in = StandIn::start(any_major());
    let workspace = Workspace::new(&stand_in);
    let provider = stand_in.provider_with("").replace(
        &format!("connect_port = {}", stand_in.cluster().connect_port),
        "connect_port = 1",
    );
    let limit = "timeouts {\n    create = \"3s\"\n  }";
    workspace.write(&(provider + &resource("p", limit)));
    workspace.plan().changes().says("1 to add");
    workspace.apply().failure();
}

#[test]
fn publication_is_imported_by_its_identity_whatever_its_names_are() {
    let stand_in = StandIn::start(any_major());
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::ImportByIdentity) {
        return;
    }
    stand_in.sql("CREATE DATABASE \"a/b\" OWNER master");
    let name = "c/d\"e";
    let arguments = "database = \"a/b\"";
    rewrite(&workspace, &stand_in, name, arguments);
    workspace.apply().success();
    workspace.run(&["state", "rm", ADDRESS]).success();
    let import = format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_identifier = \"Orders\"\n    database = \"a/b\"\n    \
         name = \"{}\"\n  }}\n}}\n",
        hcl(name)
    );
    workspace.write(&(stand_in.provider() + &resource(name, arguments) + &import));
    workspace
        .apply()
        .success()
        .says("1 imported, 0 added, 0 changed, 0 destroyed");
    workspace.plan().empty();
}

#[test]
fn publication_at_two_addresses_of_a_run_is_an_error_and_made_once() {
    let stand_in = with_tables(any_major());
    let workspace = Workspace::new(&stand_in);
    let tables = r#"tables = { "public.a" = {} }"#;
    let twice = resource("p", tables) + &resource("p", tables).replace("\"this\"", "\"that\"");
    workspace.write(&(stand_in.provider() + &twice));
    workspace
        .apply()
        .failure()
        .says("Another resource of this run manages the publication \"p\"");
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
}
