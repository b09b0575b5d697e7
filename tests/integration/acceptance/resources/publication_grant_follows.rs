//! `rdsiam_publication_grant`: follows what a publication of the same configuration is changed to within one apply.

use std::fmt::Write as _;

use crate::support::{
    StandIn, Workspace, any_major,
    grant::{ADDRESS, make_tables, reads, with_tables},
};

/// A publication of tables of `sales`, and a grant that names it, by a reference or not.
fn configure(workspace: &Workspace, stand_in: &StandIn, tables: &[&str], publication: &str) {
    let tables = tables.iter().fold(String::new(), |mut text, table| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "    \"sales.{table}\" = {{}}");
        text
    });
    workspace.write(&format!(
        "{}resource \"rdsiam_publication\" \"this\" {{\n  name = \"followed\"\n  tables = {{\n{tables}  }}\n}}\n\
         resource \"rdsiam_publication_grant\" \"this\" {{\n  role = \"reader\"\n  publications = [{publication}]\n}}\n",
        stand_in.provider()
    ));
}

#[test]
fn grant_follows_a_table_that_joins_or_leaves_its_publication_within_one_apply() {
    let stand_in = with_tables(any_major());
    let workspace = Workspace::new(&stand_in);
    let reference = "rdsiam_publication.this.name";
    configure(&workspace, &stand_in, &["a", "b"], reference);
    workspace.apply().success();
    configure(&workspace, &stand_in, &["a", "b", "c"], reference);
    workspace
        .plan()
        .changes()
        .says("0 to add, 2 to change, 0 to destroy");
    workspace
        .apply()
        .success()
        .says("0 added, 2 changed, 0 destroyed");
    assert!(reads(&stand_in, "reader", "sales.c"));
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.b", "sales.c"])
    );
    workspace.plan().empty();

    configure(&workspace, &stand_in, &["c"], reference);
    workspace.run(&["plan", "-out=plan.bin"]).success();
    workspace.run(&["apply", "plan.bin"]).success();
    for (table, is_published) in [("sales.a", false), ("sales.b", false), ("sales.c", true)] {
        assert_eq!(reads(&stand_in, "reader", table), is_published, "{table}");
    }
    workspace.plan().empty();
}

#[test]
fn grant_without_a_reference_to_its_publication_follows_by_the_next_apply() {
    let stand_in = with_tables(any_major());
    let workspace = Workspace::new(&stand_in);
    configure(
        &workspace,
        &stand_in,
        &["a"],
        "rdsiam_publication.this.name",
    );
    workspace.apply().success();
    configure(&workspace, &stand_in, &["a", "b", "c"], "\"followed\"");
    // Terraform orders neither the plans nor the applies of both.
    workspace.apply().success();
    workspace.apply().success();
    assert!(reads(&stand_in, "reader", "sales.c"));
    workspace.plan().empty();
}

#[test]
fn grant_to_a_user_that_is_replaced_is_given_to_the_new_role_within_the_same_apply() {
    let stand_in = StandIn::not_counting_creators(any_major());
    make_tables(&stand_in);
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"fresh\"\n  create_role = true\n}}\n\
         resource \"rdsiam_publication_grant\" \"this\" {{\n  role = rdsiam_replication_user.this.name\n  \
         publications = [\"p\"]\n}}\n",
        stand_in.provider()
    ));
    workspace.apply().success();
    workspace
        .run(&[
            "apply",
            "-auto-approve",
            "-replace=rdsiam_replication_user.this",
        ])
        .success()
        .says("1 added, 1 changed, 1 destroyed");
    assert!(reads(&stand_in, "fresh", "sales.a"));
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.b"])
    );
    workspace.plan().empty();
    workspace.destroy().success();
}
