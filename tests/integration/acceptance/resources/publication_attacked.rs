//! `rdsiam_publication` behind its back, and with the options of the CLI and the language that change what is asked of it.

use crate::support::{
    StandIn, any_major, from_16,
    publication::{ADDRESS, as_master, is_there, members, resource, rewrite, workspace},
};

/// The tables `a` and `b` of the master user.
const TABLES: &str = "CREATE TABLE public.a (id int PRIMARY KEY, v text); CREATE TABLE public.b (id int PRIMARY KEY)";
const A: &str = "tables = { \"public.a\" = {} }";

fn with_tables(major: u16) -> StandIn {
    let stand_in = StandIn::start(major);
    as_master(&stand_in, TABLES);
    stand_in
}

fn oid(stand_in: &StandIn) -> Option<String> {
    stand_in.sql_value("SELECT oid FROM pg_publication WHERE pubname = 'p'")
}

#[test]
fn publication_replaced_on_request_is_dropped_and_made() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", A);
    workspace.apply().success();
    let before = oid(&stand_in);
    let replace = format!("-replace={ADDRESS}");
    workspace
        .run(&["apply", "-auto-approve", &replace])
        .success()
        .says("1 added, 0 changed, 1 destroyed");
    assert_ne!(oid(&stand_in), before);
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
    workspace.plan().empty();
    // Of what is tainted a plan sees no prior state.
    workspace.run(&["taint", ADDRESS]).success();
    workspace.plan().changes().says("as a replacement does");
    workspace
        .apply()
        .success()
        .says("1 added, 0 changed, 1 destroyed");
    // There is one of a name: a new one cannot be made before the old one is gone.
    let first = format!("{A}\n  lifecycle {{\n    create_before_destroy = true\n  }}");
    rewrite(&workspace, &stand_in, "p", &first);
    let before = oid(&stand_in);
    workspace
        .run(&["apply", "-auto-approve", &replace])
        .failure()
        .says("is there already");
    assert_eq!(oid(&stand_in), before);
    assert!(workspace.state(ADDRESS).is_some());
    workspace.plan().empty();
}

#[test]
fn publication_of_another_name_is_made_before_the_old_one_is_dropped() {
    let stand_in = with_tables(any_major());
    let first = format!("{A}\n  lifecycle {{\n    create_before_destroy = true\n  }}");
    let workspace = workspace(&stand_in, "p", &first);
    workspace.apply().success();
    // A name that PostgreSQL would fold, were it not quoted.
    rewrite(&workspace, &stand_in, "P", &first);
    workspace
        .apply()
        .success()
        .says("1 added, 0 changed, 1 destroyed");
    assert!(is_there(&stand_in, "P") && !is_there(&stand_in, "p"));
    workspace.plan().empty();
}

#[test]
fn publication_gone_or_another_one_is_not_changed_without_a_refresh() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", A);
    workspace.apply().success();
    rewrite(&workspace, &stand_in, "p", "tables = { \"public.b\" = {} }");
    let blind =
        |command: &'static str| workspace.run(&[command, "-auto-approve", "-refresh=false"]);
    as_master(&stand_in, "DROP PUBLICATION p");
    blind("apply").failure().says("Plan again");
    assert!(!is_there(&stand_in, "p"));
    // The comment alone proves nothing.
    as_master(
        &stand_in,
        "CREATE PUBLICATION p; COMMENT ON PUBLICATION p IS 'Created by terraform-provider-rdsiam'",
    );
    blind("apply").failure().says("is another one");
    assert_eq!(members(&stand_in, "p"), [""; 0]);
    blind("destroy").success().says("Publication Left");
    assert!(is_there(&stand_in, "p"));
}

#[test]
fn publication_whose_changes_are_ignored_keeps_what_others_made_of_it() {
    let stand_in = with_tables(any_major());
    stand_in.sql("CREATE ROLE app; GRANT app TO master; GRANT CREATE ON DATABASE shop TO app");
    let ignoring = |more: &str| {
        format!(
            "owner = \"master\"\n  {A}\n  {more}\n  lifecycle {{\n    ignore_changes = [tables, owner]\n  }}"
        )
    };
    let workspace = workspace(&stand_in, "p", &ignoring(""));
    workspace.apply().success();
    stand_in.sql("ALTER PUBLICATION p ADD TABLE public.b; ALTER PUBLICATION p OWNER TO app");
    workspace.plan().empty();
    rewrite(
        &workspace,
        &stand_in,
        "p",
        &ignoring("publish = [\"insert\"]"),
    );
    workspace.apply().success().says("0 added, 1 changed");
    assert_eq!(members(&stand_in, "p"), ["public.a", "public.b"]);
    let owner = "SELECT pg_get_userbyid(pubowner) FROM pg_publication WHERE pubname = 'p'";
    assert_eq!(stand_in.sql_value(owner).as_deref(), Some("app"));
    workspace.plan().empty();
}

#[test]
fn publication_whose_database_was_dropped_leaves_the_state() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE DATABASE other OWNER master");
    let workspace = workspace(&stand_in, "p", "database = \"other\"");
    workspace.apply().success();
    stand_in.sql("DROP DATABASE other");
    workspace
        .plan()
        .changes()
        .says("There is no database \"other\" any more")
        .says("1 to add");
    workspace
        .run(&["destroy", "-auto-approve", "-refresh=false"])
        .success()
        .says("1 destroyed");
    assert!(workspace.state(ADDRESS).is_none());
    let id = "cluster:orders/other/p";
    workspace
        .run(&["import", ADDRESS, id])
        .failure()
        .says("3D000");
}

#[test]
fn publication_whose_table_was_renamed_or_moved_follows_its_new_name() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", A);
    workspace.apply().success();
    for (change, now) in [
        ("ALTER TABLE public.a RENAME TO \"A\"", "public.A"),
        (
            "CREATE SCHEMA s; ALTER TABLE public.\"A\" SET SCHEMA s",
            "s.A",
        ),
        (
            "ALTER SCHEMA s RENAME TO \"my.schema\"",
            "\\\"my.schema\\\".A",
        ),
    ] {
        as_master(&stand_in, change);
        workspace
            .plan()
            .changes()
            .says("Tables Not There")
            .says(&format!("- {:?}", now.replace('\\', "")));
        workspace.apply().failure().says("There is no table");
        let tables = format!("tables = {{ \"{now}\" = {{}} }}");
        rewrite(&workspace, &stand_in, "p", &tables);
        workspace.plan().empty();
        workspace.apply().success().says("0 changed");
    }
}

#[test]
fn publication_of_another_owner_is_refused_with_what_to_do() {
    let stand_in = with_tables(any_major());
    let workspace = workspace(&stand_in, "p", A);
    workspace.apply().success();
    stand_in.sql("CREATE ROLE app; ALTER PUBLICATION p OWNER TO app");
    workspace.plan().empty();
    rewrite(
        &workspace,
        &stand_in,
        "p",
        "publish = [\"insert\"]\n  tables = {}",
    );
    workspace
        .apply()
        .failure()
        .says("must be owner of publication")
        .says("whose rights the provider's user does not have");
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
}

#[test]
fn publication_from_16_of_which_nothing_is_known_yet_is_made_in_one_run_or_refused() {
    let stand_in = with_tables(from_16());
    stand_in.sql("CREATE DATABASE other OWNER master");
    let write = |workspace: &crate::support::Workspace, operation: &str, key: &str| {
        let known = format!(
            "name = \"p\", database = {:?}, owner = \"master\", key = \"{key}\", table = \"public.a\", \
             operation = \"{operation}\", root = true, none = \"none\", wait = \"never\", retain = \"drop\", no = false, \
             id = \"id\", filter = \"id > 1\", allowed = \"public.b\", cluster = \"orders\"",
            stand_in.cluster().database
        );
        let of = |name: &str| format!("terraform_data.this.output.{name}");
        let arguments = format!(
            "cluster_identifier = {}\n  database = {}\n  owner = {}\n  publish = [{}]\n  publish_via_partition_root = {}\n  \
             publish_generated_columns = {}\n  wait_for_writers = {}\n  on_destroy = {}\n  \
             allow_without_replica_identity = [{}]\n  \
             tables = {{ ({}) = {{ columns = [{}], where = {} }}, ({}) = {{ columns = [{}], where = {} }} }}",
            of("cluster"),
            of("database"),
            of("owner"),
            of("operation"),
            of("root"),
            of("none"),
            of("wait"),
            of("retain"),
            of("allowed"),
            of("key"),
            of("id"),
            of("filter"),
            of("table"),
            of("id"),
            of("filter"),
        );
        let block =
            resource("p", &arguments).replace("name = \"p\"", &format!("name = {}", of("name")));
        workspace.write(&format!(
            "{}resource \"terraform_data\" \"this\" {{\n  input = {{ {known} }}\n}}\n{block}",
            stand_in.provider()
        ));
    };
    let one = workspace(&stand_in, "p", "");
    write(&one, "upsert", "public.b");
    one.plan().changes().says("2 to add");
    one.apply().failure().says("must be one of");
    assert!(!is_there(&stand_in, "p"));
    let two = workspace(&stand_in, "p", "");
    write(&two, "insert", "\\\"public\\\".a");
    two.apply().failure().says("names one table twice");
    assert!(!is_there(&stand_in, "p"));
    let three = workspace(&stand_in, "p", "");
    write(&three, "insert", "public.b");
    three.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.a", "public.b"]);
    three.plan().empty();
    three.destroy().success();
    assert!(!is_there(&stand_in, "p"));
}

#[test]
fn publication_of_a_user_who_may_not_create_one_is_refused_with_what_to_do() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE DATABASE other");
    let workspace = workspace(&stand_in, "p", "database = \"other\"");
    workspace
        .apply()
        .failure()
        .says("permission denied for database other")
        .says("what the guide on permissions lists");
}
