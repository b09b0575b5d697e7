//! `rdsiam_replication_user` with names that mean something in SQL, HCL, ids or the catalog.

use rstest_reuse::apply;

use crate::support::{StandIn, Workspace, on_both_sides_of_16, user::hcl};

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "Repl User\"; DROP ROLE x;--",
        "it's",
        "back\\slash",
        "\\'; DROP ROLE x;--",
        "dots.in.it",
        "team/app@eu",
        " spaces around ",
        "UPPER",
        "${hcl}",
        "$1",
        "réplication-ünïcode",
        "複製",
    ]
    .map(str::to_owned)
    .into();
    // As long as a name can be, in one byte a character and in more.
    names.push("x".repeat(63));
    names.push("é".repeat(31) + "x");
    names
}

fn configuration(stand_in: &StandIn, more: &str) -> String {
    let quoted: Vec<String> = names()
        .iter()
        .map(|name| format!("\"{}\"", hcl(name)))
        .collect();
    format!(
        "{}resource \"rdsiam_replication_user\" \"this\" {{\n  for_each    = toset([{}])\n  name        = each.key\n  \
         create_role = true\n}}\n{more}",
        stand_in.provider(),
        quoted.join(", ")
    )
}

#[apply(on_both_sides_of_16)]
fn replication_user_hostile_names_are_created_read_imported_and_destroyed(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    stand_in.sql("CREATE ROLE x");
    let roles = || {
        stand_in
            .sql_value("SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^(pg_|rds)'")
            .expect("there are roles")
    };
    let before = roles();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&configuration(&stand_in, ""));
    workspace.apply().success();
    for name in names() {
        let memberships = stand_in.memberships(&name);
        assert_eq!(memberships, ["rds_iam", "rds_replication"], "{name}");
    }
    workspace.plan().empty();

    std::fs::remove_file(workspace.path().join("terraform.tfstate")).expect("there is a state");
    let imports: String = names()
        .iter()
        .map(|name| {
            let name = hcl(name);
            format!(
                "import {{\n  to = rdsiam_replication_user.this[\"{name}\"]\n  id = \"orders/{name}\"\n}}\n"
            )
        })
        .collect();
    workspace.write(&configuration(&stand_in, &imports));
    // To own the role is what an import leaves to the configuration.
    let count = names().len();
    workspace.apply().success().says(&format!(
        "{count} imported, 0 added, {count} changed, 0 destroyed"
    ));
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(roles(), before);
}
