//! Configurations of one `rdsiam_publication`.

use super::{StandIn, Workspace, user::hcl};

/// Its address.
pub const ADDRESS: &str = "rdsiam_publication.this";

/// The resource block of a publication.
pub fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_publication\" \"this\" {{\n  name = \"{}\"\n  {arguments}\n}}\n",
        hcl(name)
    )
}

/// A workspace with a publication in the stand-in's first cluster.
pub fn workspace(stand_in: &StandIn, name: &str, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    rewrite(&workspace, stand_in, name, arguments);
    workspace
}

/// Writes other arguments of the publication.
pub fn rewrite(workspace: &Workspace, stand_in: &StandIn, name: &str, arguments: &str) {
    workspace.write(&(stand_in.provider() + &resource(name, arguments)));
}

/// Runs SQL as the master user of the first cluster, who owns what that makes.
pub fn as_master(stand_in: &StandIn, text: &str) {
    let master = &stand_in.cluster().master_username;
    stand_in.sql(&format!("SET ROLE {master}; {text}"));
}

/// A session of the master user.
pub fn session(stand_in: &StandIn) -> tokio_postgres::Client {
    let cluster = stand_in.cluster();
    stand_in
        .block_on(stand_in.session(cluster, &cluster.master_username, &cluster.master_password))
        .expect("the master user may log in")
}

/// The tables that a publication lists, with their schemas, in order.
pub fn members(stand_in: &StandIn, name: &str) -> Vec<String> {
    stand_in
        .sql(&format!(
            "SELECT format('%s.%s', n.nspname, c.relname) FROM pg_publication p \
             JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_class c ON c.oid = r.prrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = '{}' ORDER BY 1",
            name.replace('\'', "''")
        ))
        .into_iter()
        .filter_map(|mut row| row.remove(0))
        .collect()
}

/// Whether there is a publication of that name.
pub fn is_there(stand_in: &StandIn, name: &str) -> bool {
    let count = stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_publication WHERE pubname = '{}'",
        name.replace('\'', "''")
    ));
    count.as_deref() == Some("1")
}
