//! `rdsiam_publication_grant`: what is its own stays that under other names and owners, and nothing of others is ever taken.

use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major,
    grant::{ADDRESS, reads, rewrite, rights, with_tables, workspace},
    on_both_sides_of_16,
    publication::as_master,
};

const FUTURE: &str = "grant_future_tables_of = [\"master\"]";

/// Who has which right on the columns of `sales.a`, as the catalog writes it.
fn column_rights(stand_in: &StandIn) -> Vec<String> {
    let rows = stand_in.sql(
        "SELECT attname || ' ' || array_to_string(attacl, ' ') FROM pg_attribute \
         WHERE attrelid = 'sales.a'::regclass AND attacl IS NOT NULL ORDER BY 1",
    );
    let rows = rows.into_iter().filter_map(|mut row| row.remove(0));
    rows.collect()
}

/// The role `x`, which may give on what it may read of `sales.a`.
fn with_giver(stand_in: &StandIn) {
    stand_in.sql("CREATE ROLE x");
    as_master(
        stand_in,
        "GRANT USAGE ON SCHEMA sales TO x; GRANT SELECT ON sales.a TO x WITH GRANT OPTION",
    );
}

#[apply(on_both_sides_of_16)]
fn grant_in_a_schema_of_which_nothing_is_published_any_more_is_shown_and_taken(major: u16) {
    let stand_in = with_tables(major);
    as_master(
        &stand_in,
        "CREATE SCHEMA shop; CREATE TABLE shop.x (id int PRIMARY KEY); CREATE PUBLICATION q FOR TABLE shop.x, sales.c",
    );
    let workspace = workspace(&stand_in, "reader", &["q"], FUTURE);
    workspace.apply().success();
    as_master(&stand_in, "DROP TABLE sales.c");
    workspace
        .plan()
        .changes()
        .says("\"excess\" -> \"published\"")
        .says("the use of the schema \"sales\"")
        .says("tables to come of \"master\" in the schema \"sales\"");
    workspace.apply().success();
    workspace.plan().empty();
    as_master(&stand_in, "CREATE TABLE sales.secret (id int)");
    assert!(!reads(&stand_in, "reader", "sales.secret"));
    assert!(reads(&stand_in, "reader", "shop.x"));
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_in_a_schema_that_was_renamed_is_taken_back_whatever_has_its_name_now(major: u16) {
    let stand_in = with_tables(major);
    let workspace = workspace(&stand_in, "reader", &["p"], FUTURE);
    workspace.apply().success();
    as_master(
        &stand_in,
        "ALTER SCHEMA sales RENAME TO vertrieb; CREATE SCHEMA sales; GRANT USAGE ON SCHEMA sales TO reader; \
         ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO reader",
    );
    workspace.plan().empty();
    workspace.destroy().success();
    // Those of somebody else.
    assert_eq!(rights(&stand_in, "reader"), 2);
    as_master(&stand_in, "CREATE TABLE vertrieb.secret (id int)");
    assert!(!reads(&stand_in, "reader", "vertrieb.secret"));
}

#[apply(on_both_sides_of_16)]
fn grant_of_tables_to_come_of_an_owner_that_was_renamed_is_taken_back(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql(
        "CREATE ROLE app; GRANT CREATE ON DATABASE shop TO app; SET ROLE app; CREATE SCHEMA app; \
         CREATE TABLE app.t (id int PRIMARY KEY); RESET ROLE; CREATE PUBLICATION q FOR TABLE app.t; GRANT app TO master",
    );
    let of = |owner: &str| format!("grant_future_tables_of = [\"{owner}\"]");
    let workspace = workspace(&stand_in, "reader", &["q"], &of("app"));
    workspace.apply().success();
    stand_in.sql("ALTER ROLE app RENAME TO app2");
    workspace.plan().changes().says("Owners Not There");
    rewrite(&workspace, &stand_in, "reader", &["q"], &of("app2"));
    workspace.apply().success();
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_of_tables_to_come_of_no_role_is_refused_before_anything_with_the_name() {
    let stand_in = with_tables(any_major());
    let arguments = "grant_future_tables_of = [\"master\", \"nosuch\"]";
    let workspace = workspace(&stand_in, "reader", &["p"], arguments);
    workspace
        .plan()
        .changes()
        .says("Owners Not There")
        .says("\"nosuch\"");
    workspace
        .apply()
        .failure()
        .says("There is no role \"nosuch\"");
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_taken_back_leaves_a_right_on_columns_that_may_be_given_on(major: u16) {
    let stand_in = with_tables(major);
    as_master(
        &stand_in,
        "GRANT SELECT (id) ON sales.a TO reader; GRANT SELECT (v) ON sales.a TO reader WITH GRANT OPTION",
    );
    let before = column_rights(&stand_in);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "sales.a"));
    workspace.plan().empty();
    as_master(&stand_in, "ALTER PUBLICATION p DROP TABLE sales.a");
    workspace.apply().success();
    assert!(!reads(&stand_in, "reader", "sales.a"));
    assert_eq!(column_rights(&stand_in), before);
    workspace.plan().empty();
    as_master(&stand_in, "ALTER PUBLICATION p ADD TABLE sales.a");
    workspace.apply().success();
    workspace.destroy().success();
    assert_eq!(column_rights(&stand_in), before);
}

#[apply(on_both_sides_of_16)]
fn grant_on_a_table_of_which_columns_were_given_on_is_named_and_the_rest_taken(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql("CREATE ROLE third");
    as_master(
        &stand_in,
        "GRANT SELECT (v) ON sales.a TO reader WITH GRANT OPTION",
    );
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    as_master(&stand_in, "GRANT USAGE ON SCHEMA sales TO PUBLIC");
    stand_in.sql("SET ROLE reader; GRANT SELECT (v) ON sales.a TO third");
    let before = column_rights(&stand_in);
    workspace
        .destroy()
        .failure()
        .says("given it to others: sales.a. To revoke")
        .says("on_destroy = \"retain\"");
    assert!(reads(&stand_in, "reader", "sales.a") && !reads(&stand_in, "reader", "sales.b"));
    assert_eq!(column_rights(&stand_in), before);
    stand_in.sql("SET ROLE reader; REVOKE SELECT (v) ON sales.a FROM third");
    workspace.destroy().success();
    assert!(!reads(&stand_in, "reader", "sales.a"));
}

#[apply(on_both_sides_of_16)]
fn grant_that_somebody_else_gave_in_place_of_ours_is_not_in_excess(major: u16) {
    let stand_in = with_tables(major);
    with_giver(&stand_in);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    stand_in.sql("SET ROLE x; GRANT SELECT ON sales.a TO reader");
    as_master(
        &stand_in,
        "REVOKE SELECT ON sales.a FROM reader; ALTER PUBLICATION p DROP TABLE sales.a",
    );
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["select"], "published");
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT has_table_privilege('reader', 'sales.a', 'SELECT')");
    assert_eq!(left.as_deref(), Some("t"));
}

#[apply(on_both_sides_of_16)]
fn grant_on_a_table_that_has_another_owner_now_is_taken_back(major: u16) {
    let stand_in = with_tables(major);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    stand_in.sql(
        "CREATE ROLE app; GRANT app TO master; GRANT ALL ON SCHEMA sales TO app; ALTER TABLE sales.a OWNER TO app; \
         ALTER SCHEMA sales OWNER TO app",
    );
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_by_the_option_to_give_on_is_taken_back_also_once_the_table_is_the_users_own() {
    let stand_in = with_tables(any_major());
    stand_in.sql(
        "CREATE ROLE app; GRANT CREATE ON DATABASE shop TO app; SET ROLE app; CREATE SCHEMA app; \
         CREATE TABLE app.t (id int PRIMARY KEY); CREATE TABLE app.u (id int PRIMARY KEY); \
         GRANT USAGE ON SCHEMA app TO master WITH GRANT OPTION; \
         GRANT SELECT ON app.t, app.u TO master WITH GRANT OPTION; \
         RESET ROLE; CREATE PUBLICATION q FOR TABLE app.t, app.u",
    );
    let workspace = workspace(&stand_in, "reader", &["q"], "");
    workspace.apply().success();
    workspace.plan().empty();
    stand_in.sql("ALTER TABLE app.t OWNER TO master");
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_taken_back_leaves_the_column_that_another_grantor_gave_and_adds_none(major: u16) {
    let stand_in = with_tables(major);
    with_giver(&stand_in);
    stand_in.sql("SET ROLE x; GRANT SELECT (v) ON sales.a TO reader");
    let before = column_rights(&stand_in);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    as_master(&stand_in, "ALTER PUBLICATION p DROP TABLE sales.a");
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(column_rights(&stand_in), before);
    workspace.destroy().success();
    assert_eq!(column_rights(&stand_in), before);
}

#[test]
fn grant_of_connect_to_a_database_that_was_made_again_is_not_taken() {
    let stand_in = with_tables(any_major());
    let make = || {
        stand_in.sql("CREATE DATABASE other OWNER master");
        stand_in.sql("REVOKE CONNECT ON DATABASE other FROM PUBLIC");
    };
    make();
    let workspace = workspace(&stand_in, "reader", &[], "database = \"other\"");
    workspace.apply().success();
    stand_in.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'other'");
    stand_in.sql("DROP DATABASE other");
    make();
    stand_in.sql("GRANT CONNECT ON DATABASE other TO reader");
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT has_database_privilege('reader', 'other', 'CONNECT')");
    assert_eq!(left.as_deref(), Some("t"));
}

#[test]
fn grant_of_a_publication_of_all_tables_is_imported_with_what_was_granted() {
    let stand_in = with_tables(any_major());
    stand_in
        .sql("CREATE PUBLICATION everything FOR ALL TABLES; ALTER TABLE orders OWNER TO master");
    let retain = "on_destroy = \"retain\"";
    let workspace = workspace(&stand_in, "reader", &["everything"], retain);
    workspace.apply().success();
    workspace.destroy().success();
    stand_in.sql("DROP PUBLICATION p, orders_pub");
    rewrite(&workspace, &stand_in, "reader", &["everything"], "");
    let database = &stand_in.cluster().database;
    let id = format!("cluster:orders/{database}/reader");
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_that_is_changed_names_the_tables_that_were_granted_before() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    as_master(
        &stand_in,
        "GRANT SELECT ON sales.c TO reader; CREATE PUBLICATION q FOR TABLE sales.c",
    );
    rewrite(&workspace, &stand_in, "reader", &["p", "q"], "");
    workspace
        .apply()
        .success()
        .says("Granted Before")
        .says("already: sales.c.");
}

#[test]
fn grant_imported_for_the_owner_of_a_table_leaves_what_it_may_as_such() {
    let stand_in = with_tables(any_major());
    stand_in.sql("ALTER TABLE sales.a OWNER TO reader; GRANT reader TO master");
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success().does_not_say("Granted Before");
    workspace.run(&["state", "rm", ADDRESS]).success();
    let database = &stand_in.cluster().database;
    let id = format!("cluster:orders/{database}/reader");
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.destroy().success();
    let left = stand_in.sql_value("SELECT has_table_privilege('reader', 'sales.a', 'SELECT')");
    assert_eq!(left.as_deref(), Some("t"));
}
