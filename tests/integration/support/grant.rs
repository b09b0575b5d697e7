//! Configurations of one `rdsiam_publication_grant`, and what a role may read.

use super::{StandIn, Workspace, publication::as_master, user::hcl};

/// Its address.
pub const ADDRESS: &str = "rdsiam_publication_grant.this";

/// The resource block of a grant.
pub fn resource(role: &str, publications: &[&str], arguments: &str) -> String {
    let publications: Vec<String> = publications
        .iter()
        .map(|name| format!("\"{}\"", hcl(name)))
        .collect();
    format!(
        "resource \"rdsiam_publication_grant\" \"this\" {{\n  role = \"{}\"\n  publications = [{}]\n  {arguments}\n}}\n",
        hcl(role),
        publications.join(", ")
    )
}

/// A workspace with a grant in the stand-in's first cluster.
pub fn workspace(
    stand_in: &StandIn,
    role: &str,
    publications: &[&str],
    arguments: &str,
) -> Workspace {
    let workspace = Workspace::new(stand_in);
    rewrite(&workspace, stand_in, role, publications, arguments);
    workspace
}

/// Writes other arguments of the grant.
pub fn rewrite(
    workspace: &Workspace,
    stand_in: &StandIn,
    role: &str,
    publications: &[&str],
    arguments: &str,
) {
    workspace.write(&(stand_in.provider() + &resource(role, publications, arguments)));
}

/// A stand-in with the role `reader`, and the schema `sales` of the master user with the tables `a`, `b` and `c`, of which the
/// publication `p` has the first two.
pub fn with_tables(major: u16) -> StandIn {
    let stand_in = StandIn::start(major);
    make_tables(&stand_in);
    stand_in
}

/// Makes these.
pub fn make_tables(stand_in: &StandIn) {
    stand_in.sql("CREATE ROLE reader LOGIN");
    as_master(
        stand_in,
        "CREATE SCHEMA sales; CREATE TABLE sales.a (id int PRIMARY KEY, v text); \
         CREATE TABLE sales.b (id int PRIMARY KEY, v text); CREATE TABLE sales.c (id int PRIMARY KEY, v text); \
         INSERT INTO sales.a VALUES (1, 'one'); CREATE PUBLICATION p FOR TABLE sales.a, sales.b",
    );
}

/// Whether a role may read a table: by itself, and with the use of its schema.
pub fn reads(stand_in: &StandIn, role: &str, table: &str) -> bool {
    let (role, table) = (role.replace('\'', "''"), table.replace('\'', "''"));
    let reads = stand_in.sql_value(&format!(
        "SELECT has_table_privilege('{role}', '{table}', 'SELECT') \
         AND has_schema_privilege('{role}', relnamespace, 'USAGE') FROM pg_class WHERE oid = '{table}'::regclass"
    ));
    reads.as_deref() == Some("t")
}

/// How many rights a role was given in the database and on it.
pub fn rights(stand_in: &StandIn, role: &str) -> usize {
    let count = stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'a' \
         AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = '{}')",
        role.replace('\'', "''")
    ));
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}
