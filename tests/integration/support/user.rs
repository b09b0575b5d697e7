//! Configurations of one `rdsiam_replication_user`.

use super::{StandIn, Workspace};

/// Its address.
pub const ADDRESS: &str = "rdsiam_replication_user.this";

/// A text between the quotes of HCL.
pub fn hcl(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "$${")
        .replace("%{", "%%{")
}

/// The resource block of a user.
pub fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  name = \"{}\"\n  {arguments}\n}}\n",
        hcl(name)
    )
}

/// A workspace with a user in the stand-in's first cluster.
pub fn workspace(stand_in: &StandIn, name: &str, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    rewrite(&workspace, stand_in, name, arguments);
    workspace
}

/// Writes other arguments of the user.
pub fn rewrite(workspace: &Workspace, stand_in: &StandIn, name: &str, arguments: &str) {
    workspace.write(&(stand_in.provider() + &resource(name, arguments)));
}
