//! `rdsiam_publication`: what of which tables it publishes.

use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major, before_16, eventually, from_16, on_both_sides_of_16,
    publication::{ADDRESS, as_master, is_there, members, resource, rewrite, workspace},
    user::hcl,
};

#[test]
fn publication_options_from_16_are_set_and_drift() {
    let stand_in = StandIn::start(from_16());
    let all = "publish = [\"INSERT\"]";
    let workspace = workspace(&stand_in, "p", all);
    workspace
        .run(&["validate"])
        .failure()
        .says("must be one of");
    let options = "publish = [\"truncate\", \"insert\"]\n  publish_via_partition_root = true";
    rewrite(&workspace, &stand_in, "p", options);
    workspace.apply().success();
    let published = || {
        stand_in.sql_value(
            "SELECT concat(pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot) FROM pg_publication WHERE pubname = 'p'",
        )
    };
    assert_eq!(published().as_deref(), Some("tfftt"));
    workspace.plan().empty();
    as_master(
        &stand_in,
        "ALTER PUBLICATION p SET (publish_via_partition_root = false, publish = '')",
    );
    workspace
        .plan()
        .changes()
        .says("publish_via_partition_root");
    workspace.apply().success();
    assert_eq!(published().as_deref(), Some("tfftt"));
    // Nothing at all can be published, too.
    rewrite(&workspace, &stand_in, "p", "publish = []");
    workspace.apply().success();
    assert_eq!(published().as_deref(), Some("fffff"));
    workspace.plan().empty();
}

#[test]
fn publication_filters_and_columns_from_16_are_kept_as_they_are_written() {
    let stand_in = StandIn::start(from_16());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int, region text, v text, at timestamptz, PRIMARY KEY (region, id, at))",
    );
    // A login whose settings bend how expressions are read and printed.
    stand_in.sql(
        "ALTER ROLE master SET timezone = 'Asia/Tokyo'; ALTER ROLE master SET datestyle = 'German'; \
         ALTER ROLE master SET quote_all_identifiers = on; ALTER ROLE master SET standard_conforming_strings = off",
    );
    let filter =
        r"region in ('eu', 'it''s', 'a\b') and id between 1 and 5 and at > '2026-01-01 12:00'";
    let tables = |columns: &str, filter: &str| {
        format!(
            "tables = {{ \"public.a\" = {{ columns = [{columns}], where = \"{}\" }} }}",
            hcl(filter)
        )
    };
    let key = r#""id", "region", "at""#;
    let workspace = workspace(&stand_in, "p", &tables(key, filter));
    workspace.apply().success();
    workspace.plan().empty();
    let stored = || {
        stand_in.sql_value(
            "SET timezone = 'UTC'; SELECT pg_get_expr(prqual, prrelid) FROM pg_publication_rel r \
             JOIN pg_publication p ON p.oid = r.prpubid WHERE pubname = 'p'",
        )
    };
    let utc = stored().expect("there is a filter");
    assert!(utc.contains("2026-01-01 12:00:00+00"), "{utc}");
    assert!(utc.contains(r"'a\b'"), "{utc}");
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["tables"]["public.a"]["where"], filter);
    // Somebody else's filter is shown as the server has it.
    as_master(
        &stand_in,
        "ALTER PUBLICATION p SET TABLE public.a WHERE (id > 7)",
    );
    workspace.plan().changes().says("id > 7");
    workspace.apply().success();
    assert_eq!(stored().as_deref(), Some(utc.as_str()));
    // What means the same is written and stays as it is stored.
    let row = || {
        stand_in
            .sql_value("SELECT xmin FROM pg_publication_rel WHERE prrelid = 'public.a'::regclass")
    };
    let before = row();
    rewrite(
        &workspace,
        &stand_in,
        "p",
        &tables(key, &filter.replace(" and id", " AND (id)")),
    );
    workspace.apply().success().says("0 added, 1 changed");
    assert_eq!(row(), before);
    workspace.plan().empty();
    // Another column is a change of that table alone.
    rewrite(
        &workspace,
        &stand_in,
        "p",
        &tables(&format!("{key}, \"v\""), filter),
    );
    workspace.apply().success().says("0 added, 1 changed");
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "p", "tables = { \"public.a\" = {} }");
    workspace.apply().success();
    assert_eq!(stored(), None);
    workspace.plan().empty();
}

#[test]
fn publication_of_what_the_server_does_not_know_before_16_is_refused_and_the_plan_says_so() {
    let stand_in = StandIn::start(before_16());
    let arguments = "publish_generated_columns = \"stored\"";
    let workspace = workspace(&stand_in, "p", arguments);
    workspace.plan().changes().says("Server Too Old");
    workspace
        .apply()
        .failure()
        .says("publish_generated_columns: that came with 18");
    assert!(!is_there(&stand_in, "p"));
}

#[test]
fn publication_of_a_table_with_children_lists_that_table_alone() {
    let stand_in = StandIn::start(any_major());
    as_master(
        &stand_in,
        "CREATE TABLE public.parent (id int PRIMARY KEY); \
         CREATE TABLE public.child (PRIMARY KEY (id)) INHERITS (public.parent)",
    );
    let workspace = workspace(&stand_in, "p", "tables = { \"public.parent\" = {} }");
    workspace
        .plan()
        .changes()
        .says("Children Not Published")
        .says("public.child");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.parent"]);
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn publication_of_all_tables_becomes_a_list_and_back_without_another_owner(major: u16) {
    let stand_in = StandIn::start(major);
    let workspace = workspace(&stand_in, "p", "all_tables = true");
    workspace.apply().success();
    // The comment says in whose place it is.
    let all = || {
        stand_in.sql_value(
            "SELECT concat(puballtables, ' ', pg_get_userbyid(pubowner), ' ', \
             regexp_replace(obj_description(oid, 'pg_publication'), ' \\[in place of \\d+\\]$', '')) \
             FROM pg_publication WHERE pubname = 'p'",
        )
    };
    let ours = "Created by terraform-provider-rdsiam";
    assert_eq!(all(), Some(format!("t master {ours}")));
    workspace.plan().empty();
    let list = "tables = { \"public.orders\" = {} }";
    rewrite(&workspace, &stand_in, "p", list);
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    assert_eq!(members(&stand_in, "p"), ["public.orders"]);
    assert_eq!(all(), Some(format!("f master {ours}")));
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "p", "all_tables = true");
    workspace.apply().success();
    assert_eq!(all(), Some(format!("t master {ours}")));
    workspace.plan().empty();
    // What was lent for that is taken back.
    let is_superuser =
        || stand_in.sql_value("SELECT rolsuper FROM pg_roles WHERE rolname = 'master'");
    eventually("the end of the loan", || {
        is_superuser().as_deref() == Some("f")
    });
    workspace.destroy().success();
}

#[test]
fn publication_of_schemas_from_16_is_what_the_server_lets_the_user_do() {
    let stand_in = StandIn::start(from_16());
    as_master(
        &stand_in,
        "CREATE SCHEMA sales; CREATE TABLE sales.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
    );
    let arguments = "schemas = [\"sales\"]\n  tables = { \"public.b\" = {} }";
    let workspace = workspace(&stand_in, "p", arguments);
    // AWS does not say whether rds_superuser may.
    workspace.apply().failure().says("list the `tables`");
    let settings = serde_json::json!({"publishes_schemas": true});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["schemas"], serde_json::json!(["sales"]));
    let published = || {
        stand_in.sql_value("SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_publication_tables WHERE pubname = 'p'")
    };
    assert_eq!(published().as_deref(), Some("a,b"));
    stand_in.sql("DROP SCHEMA sales CASCADE");
    workspace.plan().changes().says("+ \"sales\"");
    rewrite(&workspace, &stand_in, "p", "tables = { \"public.b\" = {} }");
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn publication_of_a_partitioned_table_has_no_difference_and_its_partitions_come_along(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.events (id int PRIMARY KEY) PARTITION BY RANGE (id); \
         CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM (0) TO (10)",
    );
    let workspace = workspace(&stand_in, "p", "tables = { \"public.events\" = {} }");
    if major < 13 {
        workspace
            .apply()
            .failure()
            .says("from PostgreSQL 13 on: public.events");
        return;
    }
    workspace.apply().success();
    as_master(
        &stand_in,
        "CREATE TABLE public.events_2 PARTITION OF public.events FOR VALUES FROM (10) TO (20)",
    );
    workspace.plan().empty();
    assert_eq!(members(&stand_in, "p"), ["public.events"]);
}

#[test]
fn publication_of_generated_columns_from_16_is_refused_before_18_and_drifts_from_then_on() {
    let major = from_16();
    let stand_in = StandIn::start(major);
    let workspace = workspace(&stand_in, "p", "publish_generated_columns = \"stored\"");
    if major < 18 {
        workspace.apply().failure().says("that came with 18");
        return;
    }
    workspace.apply().success();
    workspace.plan().empty();
    as_master(
        &stand_in,
        "ALTER PUBLICATION p SET (publish_generated_columns = none)",
    );
    workspace.plan().changes().says("publish_generated_columns");
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn publication_of_no_table_is_empty_however_that_is_said() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "p", "tables = {}");
    workspace.apply().success();
    assert!(is_there(&stand_in, "p"));
    workspace.plan().empty();
    as_master(&stand_in, "ALTER PUBLICATION p ADD TABLE public.orders");
    workspace.plan().changes().says("- \"public.orders\"");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), [""; 0]);
}

#[test]
fn publication_from_16_whose_tables_and_filters_are_not_known_yet_is_planned_and_applied_in_one_run()
 {
    let stand_in = StandIn::start(from_16());
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let workspace = workspace(&stand_in, "p", "");
    let write = |tables: &str| {
        workspace.write(&format!(
            "{}resource \"terraform_data\" \"this\" {{\n  input = {{ table = \"public.a\", filter = \"id > 1\" }}\n}}\n{}",
            stand_in.provider(),
            resource("p", tables)
        ));
    };
    write("tables = { (terraform_data.this.output.table) = {} }");
    workspace.plan().changes().says("(known after apply)");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
    workspace.plan().empty();
    workspace.destroy().success();
    write("tables = { \"public.a\" = { where = terraform_data.this.output.filter } }");
    workspace.plan().changes().says("(known after apply)");
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["tables"]["public.a"]["where"], "id > 1");
}

#[apply(on_both_sides_of_16)]
fn publication_owner_is_set_drifts_and_survives_that_it_is_made_anew(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql("CREATE ROLE app; GRANT app TO master; GRANT CREATE ON DATABASE shop TO app");
    let owner = || {
        stand_in
            .sql_value("SELECT pg_get_userbyid(pubowner) FROM pg_publication WHERE pubname = 'p'")
    };
    let tables = "tables = { \"public.orders\" = {} }";
    let owned = format!("owner = \"app\"\n  {tables}");
    let workspace = workspace(&stand_in, "p", &owned);
    workspace.apply().success();
    assert_eq!(owner().as_deref(), Some("app"));
    workspace.plan().empty();
    stand_in.sql("ALTER PUBLICATION p OWNER TO master");
    workspace.plan().changes().says("owner");
    workspace.apply().success();
    assert_eq!(owner().as_deref(), Some("app"));
    // Where none is named, it is left to whoever has it.
    rewrite(&workspace, &stand_in, "p", tables);
    workspace.plan().empty();
    stand_in.sql("ALTER PUBLICATION p OWNER TO master");
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "p", "owner = \"nobody_here\"");
    workspace.apply().failure().says("nobody_here");
    assert_eq!(members(&stand_in, "p"), ["public.orders"]);
}
