//! `rdsiam_publication_grant` of hostile names, of values that are not known yet, and of partitioned tables and schemas.

use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, any_major, from_16,
    grant::{ADDRESS, reads, resource, rewrite, rights, with_tables, workspace},
    on_both_sides_of_16,
    publication::as_master,
};

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[apply(on_both_sides_of_16)]
fn grant_of_hostile_names_is_given_read_and_taken_back(major: u16) {
    let stand_in = StandIn::start(major);
    let longest = "x".repeat(63);
    let names = [
        ("a.b", "c\"d"),
        ("it's", "Order Items"),
        ("UPPER", "\\'; DROP TABLE public.orders;--"),
        ("upper", "upper"),
        ("${hcl}", longest.as_str()),
    ];
    let role = "R\"; DROP ROLE master;--/it's";
    let publication = "Pub\"; DROP TABLE public.orders;--'";
    stand_in.sql(&format!("CREATE ROLE {} LOGIN", ident(role)));
    let columns = if major >= 15 { " (\"I d\"\"\")" } else { "" };
    let mut members = Vec::new();
    for (schema, table) in names {
        let name = format!("{}.{}", ident(schema), ident(table));
        as_master(
            &stand_in,
            &format!(
                "CREATE SCHEMA {}; CREATE TABLE {name} (\"I d\"\"\" int PRIMARY KEY, v text)",
                ident(schema)
            ),
        );
        members.push(format!("{name}{columns}"));
    }
    as_master(
        &stand_in,
        &format!(
            "CREATE PUBLICATION {} FOR TABLE {}",
            ident(publication),
            members.join(", ")
        ),
    );
    let arguments = "grant_future_tables_of = [\"master\"]";
    let workspace = workspace(&stand_in, role, &[publication], arguments);
    workspace.apply().success();
    // The schemas, the tables or two columns of each, and the tables to come.
    let of_table = if major >= 15 { 2 } else { 1 };
    assert_eq!(rights(&stand_in, role), names.len() * (2 + of_table));
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"].as_array().map(Vec::len),
        Some(names.len())
    );
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, role), 0);
    assert!(stand_in.sql_value("SELECT count(*) FROM orders").is_some());
}

#[test]
fn grant_of_a_database_that_the_resource_names_is_imported_by_its_identity() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE \"r/1\"");
    stand_in.sql("CREATE DATABASE \"a/b\" OWNER master");
    let workspace = Workspace::new(&stand_in);
    let publication =
        "resource \"rdsiam_publication\" \"this\" {\n  name     = \"p\"\n  database = \"a/b\"\n}\n";
    let grant = resource(
        "r/1",
        &["p"],
        "database = \"a/b\"\n  depends_on = [rdsiam_publication.this]",
    );
    workspace.write(&(stand_in.provider() + publication + &grant));
    workspace.apply().success();
    workspace.plan().empty();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(state["id"], "cluster:orders/a/b/r/1");
    if !workspace.can(crate::support::Ability::ImportByIdentity) {
        return;
    }
    workspace.run(&["state", "rm", ADDRESS]).success();
    let import = format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_identifier = \"Orders\"\n    database = \"a/b\"\n    \
         role = \"r/1\"\n  }}\n}}\n"
    );
    workspace.write(&(stand_in.provider() + publication + &grant + &import));
    workspace.apply().success().says("1 imported");
    workspace.plan().empty();
}

#[test]
fn grant_of_what_is_not_known_yet_is_planned_and_given() {
    let stand_in = StandIn::not_counting_creators(any_major());
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"terraform_data\" \"names\" {{\n  input = {{ role = \"fresh\", publication = \"p\", database = \"shop\" }}\n}}\n\
         resource \"rdsiam_replication_user\" \"this\" {{\n  name = terraform_data.names.output.role\n  create_role = true\n}}\n\
         resource \"rdsiam_publication\" \"this\" {{\n  name = terraform_data.names.output.publication\n  \
         tables = {{ \"public.a\" = {{}} }}\n}}\n\
         resource \"rdsiam_publication_grant\" \"this\" {{\n  role = rdsiam_replication_user.this.name\n  \
         publications = [rdsiam_publication.this.name]\n  database = terraform_data.names.output.database\n}}\n",
        stand_in.provider()
    ));
    workspace.plan().changes().says("4 to add");
    workspace.apply().success();
    assert!(reads(&stand_in, "fresh", "public.a"));
    workspace.plan().empty();
    workspace.destroy().success();
}

#[test]
fn grant_from_16_is_on_what_a_consumer_copies_of_partitions_schemas_and_everything() {
    let stand_in = with_tables(from_16());
    as_master(
        &stand_in,
        "CREATE TABLE sales.parted (id int PRIMARY KEY) PARTITION BY RANGE (id); \
         CREATE TABLE sales.leaf PARTITION OF sales.parted FOR VALUES FROM (0) TO (10); \
         CREATE PUBLICATION leaves FOR TABLE sales.parted; \
         CREATE PUBLICATION root FOR TABLE sales.parted WITH (publish_via_partition_root = true)",
    );
    stand_in.sql(
        "CREATE PUBLICATION schema FOR TABLES IN SCHEMA sales; CREATE PUBLICATION everything FOR ALL TABLES; \
         CREATE ROLE app; ALTER TABLE orders OWNER TO master",
    );
    let workspace = workspace(&stand_in, "reader", &["leaves"], "");
    let granted = || {
        workspace.apply().success();
        workspace.plan().empty();
        workspace.state(ADDRESS).expect("a state")["granted_tables"].clone()
    };
    assert_eq!(granted(), serde_json::json!(["sales.leaf"]));
    rewrite(&workspace, &stand_in, "reader", &["root"], "");
    assert_eq!(granted(), serde_json::json!(["sales.parted"]));
    rewrite(&workspace, &stand_in, "reader", &["schema"], "");
    let all = ["sales.a", "sales.b", "sales.c", "sales.leaf"];
    assert_eq!(granted(), serde_json::json!(all));
    rewrite(&workspace, &stand_in, "reader", &["everything"], "");
    let granted = granted();
    for table in all.iter().chain(&["public.orders"]) {
        assert!(
            granted
                .as_array()
                .expect("a set")
                .contains(&(*table).into()),
            "{granted}"
        );
    }
    as_master(&stand_in, "CREATE TABLE sales.fresh (id int PRIMARY KEY)");
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"published\"")
        .says("sales.fresh");
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_of_what_the_same_run_creates_is_planned_without_a_warning() {
    let stand_in = StandIn::not_counting_creators(any_major());
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let workspace = Workspace::new(&stand_in);
    let write = |with_user: bool| {
        let user = "resource \"rdsiam_replication_user\" \"this\" {\n  name = \"fresh\"\n  create_role = true\n}\n";
        let others = "resource \"rdsiam_publication\" \"this\" {\n  name = \"p\"\n  tables = { \"public.a\" = {} }\n}\n\
             resource \"rdsiam_publication_grant\" \"this\" {\n  role = \"fresh\"\n  \
             publications = [rdsiam_publication.this.name]\n}\n";
        let user = if with_user { user } else { "" };
        let others = match with_user {
            true => others.replace("\"fresh\"", "rdsiam_replication_user.this.name"),
            false => others.to_owned(),
        };
        workspace.write(&(stand_in.provider() + user + &others));
    };
    write(false);
    workspace
        .plan()
        .changes()
        .says("Role Not There")
        .does_not_say("Publications Not There");
    write(true);
    workspace.plan().changes().does_not_say("Not There");
    workspace.apply().success().does_not_say("Not There");
    assert!(reads(&stand_in, "fresh", "public.a"));
    workspace.plan().empty();
    workspace.destroy().success();
}

#[test]
fn grant_from_16_of_columns_has_those_of_the_filter_which_a_copy_reads_too() {
    let stand_in = with_tables(from_16());
    as_master(
        &stand_in,
        "CREATE PUBLICATION filtered FOR TABLE sales.a (id) WHERE (v = 'one') WITH (publish = 'insert')",
    );
    let workspace = workspace(&stand_in, "reader", &["filtered"], "");
    workspace.apply().success();
    let reads = |column: &str| {
        let select =
            format!("SELECT has_column_privilege('reader', 'sales.a', '{column}', 'SELECT')");
        stand_in.sql_value(&select).as_deref() == Some("t")
    };
    assert!(reads("id") && reads("v"));
    let whole = "SELECT has_table_privilege('reader', 'sales.a', 'SELECT')";
    assert_eq!(stand_in.sql_value(whole).as_deref(), Some("f"));
    workspace.plan().empty();
}
