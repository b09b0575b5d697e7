//! `rdsiam_publication_grant`: what a role can read is given, read, changed, taken back and imported.

use rstest_reuse::apply;

use crate::support::{
    Workspace, any_major,
    grant::{ADDRESS, reads, resource, rewrite, rights, with_tables, workspace},
    on_both_sides_of_16,
    publication::as_master,
};

#[apply(on_both_sides_of_16)]
fn grant_of_a_publication_is_given_read_changed_and_taken_back(major: u16) {
    let stand_in = with_tables(major);
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.plan().changes().says("1 to add");
    workspace.apply().success();
    for (table, is_published) in [("sales.a", true), ("sales.b", true), ("sales.c", false)] {
        assert_eq!(reads(&stand_in, "reader", table), is_published, "{table}");
    }
    let state = workspace.state(ADDRESS).expect("a state");
    let database = &stand_in.cluster().database;
    assert_eq!(state["id"], format!("cluster:orders/{database}/reader"));
    assert_eq!(state["select"], "published");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.b"])
    );
    workspace.plan().empty();

    as_master(&stand_in, "CREATE PUBLICATION q FOR TABLE sales.b, sales.c");
    rewrite(&workspace, &stand_in, "reader", &["q"], "");
    workspace
        .apply()
        .success()
        .says("0 added, 1 changed, 0 destroyed");
    for (table, is_published) in [("sales.a", false), ("sales.b", true), ("sales.c", true)] {
        assert_eq!(reads(&stand_in, "reader", table), is_published, "{table}");
    }
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_shows_what_others_changed_and_an_apply_mends_it(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql("REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO master WITH GRANT OPTION");
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    workspace.plan().empty();
    let may_connect = "SELECT has_database_privilege('reader', 'shop', 'CONNECT')";
    assert_eq!(stand_in.sql_value(may_connect).as_deref(), Some("t"));
    // Dropped and made again, a table has neither the grant nor the publication.
    as_master(
        &stand_in,
        "DROP TABLE sales.a; CREATE TABLE sales.a (id int PRIMARY KEY); \
         ALTER PUBLICATION p ADD TABLE sales.a, sales.c; REVOKE USAGE ON SCHEMA sales FROM reader; \
         REVOKE CONNECT ON DATABASE shop FROM reader",
    );
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"published\"")
        .says("sales.a of \"master\"; sales.c of \"master\"")
        .says("usage")
        .says("connect");
    workspace.apply().success();
    for table in ["sales.a", "sales.b", "sales.c"] {
        assert!(reads(&stand_in, "reader", table), "{table}");
    }
    workspace.plan().empty();
    as_master(&stand_in, "ALTER PUBLICATION p DROP TABLE sales.b, sales.c");
    workspace
        .plan()
        .changes()
        .says("\"excess\" -> \"published\"")
        .says("sales.b; sales.c");
    workspace.apply().success();
    assert!(!reads(&stand_in, "reader", "sales.b"));
    workspace.plan().empty();
    as_master(&stand_in, "REVOKE SELECT ON sales.a FROM reader");
    workspace.plan().changes().says("\"none\" -> \"published\"");
    as_master(&stand_in, "DROP PUBLICATION p");
    workspace
        .plan()
        .changes()
        .says("Publications Are Gone")
        .says("Publications Not There");
}

#[test]
fn grant_of_a_role_that_is_gone_leaves_the_state_and_is_refused_until_it_is_there() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.apply().success();
    as_master(
        &stand_in,
        "REVOKE SELECT ON sales.a, sales.b FROM reader; REVOKE USAGE ON SCHEMA sales FROM reader",
    );
    stand_in.sql("DROP ROLE reader");
    workspace
        .plan()
        .changes()
        .says("Role Is Gone")
        .says("Role Not There")
        .says("1 to add");
    workspace
        .apply()
        .failure()
        .says("There is no role \"reader\"");
    rewrite(&workspace, &stand_in, "reader", &["p", "q"], "");
    stand_in.sql("CREATE ROLE reader");
    workspace.apply().failure().says("has no publication \"q\"");
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[apply(on_both_sides_of_16)]
fn grant_counts_what_is_readable_otherwise_and_never_takes_it(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql("CREATE ROLE others; GRANT others TO reader");
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO PUBLIC; GRANT SELECT ON sales.a TO others; GRANT SELECT ON sales.b TO reader",
    );
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    let database = &stand_in.cluster().database;
    workspace
        .apply()
        .success()
        .says("Granted Before")
        .says("sales.b")
        .says(&format!(
            "terraform import ADDRESS 'cluster:orders/{database}/reader'"
        ));
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["granted_tables"], serde_json::json!([]));
    assert_eq!(rights(&stand_in, "reader"), 1);
    workspace.plan().empty();
    workspace.destroy().success();
    assert!(reads(&stand_in, "reader", "sales.a") && reads(&stand_in, "reader", "sales.b"));
}

#[test]
fn grant_imported_is_taken_over_with_what_was_granted_directly() {
    let stand_in = with_tables(any_major());
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO reader; GRANT SELECT ON sales.a, sales.b, sales.c TO reader",
    );
    let database = &stand_in.cluster().database;
    let id = format!("cluster:orders/{database}/reader");
    let workspace = workspace(&stand_in, "reader", &["p"], "");
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.b"])
    );
    workspace.destroy().success();
    assert!(!reads(&stand_in, "reader", "sales.a"));
    // It was not published, and is nobody's here: the right to use its schema went, that to read it did not.
    assert_eq!(rights(&stand_in, "reader"), 1);
    for id in ["cluster:orders/reader", "cluster:orders//reader"] {
        workspace
            .run(&["import", ADDRESS, id])
            .failure()
            .says("TARGET/DATABASE/ROLE");
    }
}

#[test]
fn grant_retained_at_destroy_stays() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "reader", &["p"], "on_destroy = \"retain\"");
    workspace.apply().success();
    workspace.destroy().success();
    assert!(reads(&stand_in, "reader", "sales.a"));
}

#[test]
fn grant_configuration_that_cannot_be_meant_is_refused_without_a_server() {
    for (role, arguments, said) in [
        ("public", "", "means everybody"),
        ("none", "", "is no role"),
        ("", "", "must not be empty"),
        ("reader", "select = \"missing\"", "must be one of"),
        ("reader", "allow_row_security_on = [\"a\"]", "schema.table"),
        ("reader", "on_destroy = \"drop\"", "must be one of"),
    ] {
        let workspace = Workspace::offline();
        workspace.write(&resource(role, &["p"], arguments));
        workspace.run(&["validate"]).failure().says(said);
    }
}
