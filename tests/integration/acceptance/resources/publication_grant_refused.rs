//! What `rdsiam_publication_grant` refuses, and what of it the server tells alone.

use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, any_major, eventually, from_16,
    grant::{ADDRESS, make_tables, reads, resource, rewrite, rights, with_tables, workspace},
    on_both_sides_of_16,
    process::Started,
    publication::as_master,
};

#[apply(on_both_sides_of_16)]
fn grant_that_grants_nothing_is_an_error_with_the_owner_and_changes_nothing(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql(
        "CREATE ROLE app; GRANT CREATE ON DATABASE shop TO app; SET ROLE app; CREATE SCHEMA app; \
         CREATE TABLE app.foreign (id int PRIMARY KEY); RESET ROLE; ALTER PUBLICATION p ADD TABLE app.foreign",
    );
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace
        .plan()
        .changes()
        .says("Tables Of Others")
        .says("app.foreign of \"app\"");
    // Without any right on it the server refuses; with some it only warns.
    for right in [
        "",
        "GRANT USAGE ON SCHEMA app TO master; GRANT SELECT ON app.foreign TO master",
    ] {
        stand_in.sql(&format!("SET ROLE app; {right}"));
        workspace
            .apply()
            .failure()
            .says("GRANT \"app\" TO \"master\" WITH INHERIT TRUE");
        assert_eq!(rights(&stand_in, "reader"), 0);
        assert!(workspace.state(ADDRESS).is_none());
    }
    stand_in.sql("GRANT app TO master");
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "app.foreign"));
    workspace.plan().empty();
    stand_in.sql("REVOKE app FROM master");
    workspace
        .destroy()
        .failure()
        .says("still there")
        .says("app.foreign");
    stand_in.sql("GRANT app TO master");
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_of_a_table_whose_rows_may_be_hidden_is_refused_unless_listed() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, "ALTER TABLE sales.a ENABLE ROW LEVEL SECURITY");
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.plan().changes().says("Rows May Be Hidden");
    workspace
        .apply()
        .failure()
        .says("sales.a")
        .says("BYPASSRLS");
    assert_eq!(rights(&stand_in, "reader"), 0);
    let allowed = "allow_row_security_on = [\"sales.a\"]";
    rewrite(&workspace, &stand_in, "reader", &["p"], allowed);
    workspace.apply().success();
    workspace.plan().empty().does_not_say("Rows May Be Hidden");
    as_master(&stand_in, "ALTER TABLE sales.b ENABLE ROW LEVEL SECURITY");
    workspace
        .plan()
        .empty()
        .says("Rows May Be Hidden")
        .says("sales.b");
    stand_in.sql("ALTER ROLE reader BYPASSRLS");
    workspace.plan().empty().does_not_say("Rows May Be Hidden");
}

#[test]
fn grant_of_a_table_that_leaves_allow_row_security_on_is_refused_by_that_apply() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, "ALTER TABLE sales.a ENABLE ROW LEVEL SECURITY");
    let allowed = "allow_row_security_on = [\"sales.a\"]";
    let workspace = workspace(&stand_in, "reader", &["p"], allowed);
    workspace.apply().success();
    // What is too much stays as well: refused as a whole.
    as_master(&stand_in, "ALTER PUBLICATION p DROP TABLE sales.b");
    rewrite(&workspace, &stand_in, "reader", &["p"], "");
    workspace.plan().changes().says("Rows May Be Hidden");
    workspace
        .apply()
        .failure()
        .says("sales.a")
        .says("BYPASSRLS");
    assert!(reads(&stand_in, "reader", "sales.b"));
    rewrite(&workspace, &stand_in, "reader", &["p"], allowed);
    workspace.apply().success();
    assert!(!reads(&stand_in, "reader", "sales.b"));
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn grant_of_a_table_whose_row_security_is_switched_on_meanwhile_is_refused(major: u16) {
    let stand_in = with_tables(major);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    // What it waits for once it has looked.
    let cluster = stand_in.cluster();
    let other = stand_in
        .block_on(stand_in.session(cluster, &cluster.master_username, &cluster.master_password))
        .expect("may log in");
    let lock = "BEGIN; SELECT pg_advisory_xact_lock(x'72647367'::int, 0)";
    stand_in
        .block_on(other.batch_execute(lock))
        .expect("nobody else has it");
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    eventually("the apply waits", || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        stand_in.sql_value(waiting).as_deref() == Some("1")
    });
    as_master(&stand_in, "ALTER TABLE sales.a ENABLE ROW LEVEL SECURITY");
    stand_in
        .block_on(other.batch_execute("COMMIT"))
        .expect("may go on");
    let output = cli.output(60);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("sales.a") && said.contains("BYPASSRLS"),
        "{said}"
    );
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_from_16_of_columns_is_on_these_and_ctid_alone() {
    let stand_in = with_tables(from_16());
    as_master(
        &stand_in,
        "CREATE PUBLICATION columns FOR TABLE sales.c (id); GRANT SELECT (v) ON sales.c TO reader",
    );
    let workspace = workspace(&stand_in, "reader", &["columns"], "");
    let granted = || {
        let rows = stand_in.sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'sales.c'::regclass \
             AND array_to_string(attacl, ' ') LIKE '%reader=r%' ORDER BY 1",
        );
        let names = rows.into_iter().filter_map(|mut row| row.remove(0));
        names.collect::<Vec<_>>()
    };
    workspace.apply().success();
    assert_eq!(granted(), ["ctid", "id", "v"]);
    workspace.plan().empty();
    // What consumers that check with `SELECT *` need.
    let whole = "column_privileges = false";
    rewrite(&workspace, &stand_in, "reader", &["columns"], whole);
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "sales.c"));
    assert_eq!(granted(), ["v"]);
    workspace.plan().empty();
    rewrite(&workspace, &stand_in, "reader", &["columns"], "");
    workspace.apply().success();
    assert!(!reads(&stand_in, "reader", "sales.c"));
    assert_eq!(granted(), ["ctid", "id", "v"]);
    workspace.plan().empty();
    // A publication with all of the columns.
    as_master(&stand_in, "ALTER PUBLICATION p ADD TABLE sales.c");
    rewrite(&workspace, &stand_in, "reader", &["columns", "p"], "");
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "sales.c"));
    workspace.plan().empty();
    // What somebody else gave is left, although the right on the table takes columns with it.
    workspace.destroy().success();
    assert_eq!(granted(), ["v"]);
}

#[apply(on_both_sides_of_16)]
fn grant_of_tables_to_come_is_given_shown_and_taken_back(major: u16) {
    let stand_in = with_tables(major);
    let future = "grant_future_tables_of = [\"master\"]";
    let workspace = workspace(&stand_in, "reader", &["p"], future);
    workspace.apply().success();
    workspace.plan().empty();
    as_master(&stand_in, "CREATE TABLE sales.d (id int PRIMARY KEY)");
    assert!(reads(&stand_in, "reader", "sales.d"));
    as_master(
        &stand_in,
        "DROP TABLE sales.d; ALTER DEFAULT PRIVILEGES IN SCHEMA sales REVOKE SELECT ON TABLES FROM reader",
    );
    workspace.plan().changes().says("+ \"master\"");
    workspace.apply().success();
    workspace.plan().empty();
    let another = "grant_future_tables_of = [\"rdsadmin\"]";
    rewrite(&workspace, &stand_in, "reader", &["p"], another);
    workspace.apply().failure().says("rdsadmin");
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_left_by_a_retained_resource_is_not_in_the_way_of_the_role_that_was_created(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    make_tables(&stand_in);
    stand_in.sql("CREATE DATABASE other OWNER master");
    let write = |workspace: &Workspace, with_grant: bool| {
        let user = "resource \"rdsiam_replication_user\" \"this\" {\n  name = \"fresh\"\n  create_role = true\n}\n";
        let arguments = "on_destroy = \"retain\"\n  grant_future_tables_of = [\"master\"]\n  \
                         depends_on = [rdsiam_replication_user.this]";
        let grant = match with_grant {
            true => resource("fresh", &["p", "columns"], arguments),
            false => String::new(),
        };
        workspace.write(&(stand_in.provider() + user + &grant));
    };
    let columns = if major >= 15 { " (id)" } else { "" };
    as_master(
        &stand_in,
        &format!(
            "CREATE PUBLICATION columns FOR TABLE sales.c{columns}; REVOKE CONNECT ON DATABASE other FROM PUBLIC"
        ),
    );
    let workspace = Workspace::new(&stand_in);
    write(&workspace, true);
    workspace.apply().success();
    write(&workspace, false);
    workspace.apply().success();
    assert!(reads(&stand_in, "fresh", "sales.a"));
    // What is not for reading tables, and what is of another database, is in the way as before.
    as_master(
        &stand_in,
        "GRANT INSERT ON sales.a TO fresh; GRANT CONNECT ON DATABASE other TO fresh",
    );
    workspace
        .destroy()
        .failure()
        .says("objects depend on it")
        .says("rdsiam_publication_grant");
    assert!(reads(&stand_in, "fresh", "sales.a"));
    as_master(
        &stand_in,
        "REVOKE INSERT ON sales.a FROM fresh; REVOKE CONNECT ON DATABASE other FROM fresh",
    );
    workspace.destroy().success();
    let count = stand_in.sql_value("SELECT count(*) FROM pg_roles WHERE rolname = 'fresh'");
    assert_eq!(count.as_deref(), Some("0"));
}

#[test]
fn grant_of_a_role_that_is_another_one_by_now_is_neither_changed_nor_taken() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    stand_in.sql("ALTER ROLE reader RENAME TO renamed; CREATE ROLE reader");
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO reader; GRANT SELECT ON sales.a TO reader",
    );
    workspace
        .run(&["destroy", "-auto-approve", "-refresh=false"])
        .success();
    assert!(reads(&stand_in, "reader", "sales.a"));
    assert!(reads(&stand_in, "renamed", "sales.b"));
}

#[test]
fn grant_of_a_role_that_was_renamed_leaves_the_state_with_the_new_name() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    stand_in.sql("ALTER ROLE reader RENAME TO renamed; CREATE ROLE reader");
    rewrite(&workspace, &stand_in, "reader", &["p"], "connect = false");
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure()
        .says("is another one");
    workspace
        .plan()
        .changes()
        .says("Role Is Gone")
        .says("now called \"renamed\"");
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "sales.a"));
}

#[apply(on_both_sides_of_16)]
fn grants_of_others_are_left_and_named_at_a_destroy(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql("CREATE ROLE giver");
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO giver; GRANT SELECT ON sales.a TO giver WITH GRANT OPTION; \
         GRANT SELECT ON sales.b TO reader WITH GRANT OPTION",
    );
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["granted_tables"], serde_json::json!(["sales.a"]));
    stand_in.sql("SET ROLE giver; GRANT SELECT ON sales.a TO reader");
    workspace.plan().empty();
    workspace
        .destroy()
        .success()
        .says("Grants Of Others Remain")
        .says("sales.a by \"giver\"");
    let left = stand_in.sql(
        "SELECT c.relname || ' ' || a.grantor::regrole FROM pg_class c, aclexplode(c.relacl) a \
         WHERE a.grantee = 'reader'::regrole ORDER BY 1",
    );
    let left: Vec<_> = left
        .into_iter()
        .filter_map(|mut row| row.remove(0))
        .collect();
    assert_eq!(left, ["a giver", "b master"]);
}
