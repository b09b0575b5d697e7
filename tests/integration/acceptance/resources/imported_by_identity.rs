//! `import` blocks with an identity.

use crate::support::{Ability, StandIn, Workspace, user};

#[test]
fn import_by_identity_of_user_and_parameter_changes_nothing() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::ImportByIdentity) {
        return;
    }
    let name = "a/b@c.\"d\" ${x}";
    let ident = name.replace('"', "\"\"");
    stand_in.sql(&format!(
        "CREATE ROLE \"{ident}\" LOGIN; GRANT rds_iam, rds_replication TO \"{ident}\""
    ));
    stand_in.set_parameter("1");
    let import = |to: &str, identity: &str| {
        format!("import {{\n  to = {to}\n  identity = {{\n    {identity}\n  }}\n}}\n")
    };
    let parameter = "rdsiam_replication_parameter.this";
    let configuration = stand_in.provider()
        + &user::resource(name, "")
        + "resource \"rdsiam_replication_parameter\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n";
    // AWS takes identifiers in any case.
    let said = format!(
        "cluster_identifier = \"Orders\"\n    name = \"{}\"",
        user::hcl(name)
    );
    let imports =
        import(user::ADDRESS, &said) + &import(parameter, "cluster_identifier = \"orders\"");
    workspace.write(&(configuration.clone() + &imports));
    workspace
        .plan()
        .changes()
        .says("2 to import, 0 to add, 0 to change, 0 to destroy");
    workspace.apply().success();
    workspace.write(&configuration);
    workspace.plan().empty();
    let state: serde_json::Value =
        serde_json::from_str(&workspace.state_text()).expect("the state is JSON");
    let identity = |r#type: &str| {
        let resources = state["resources"].as_array().expect("there are some");
        let resource = resources.iter().find(|one| one["type"] == r#type);
        resource.expect("it is there")["instances"][0]["identity"].clone()
    };
    let of_user = identity("rdsiam_replication_user");
    assert_eq!(of_user["name"], name);
    for identity in [of_user, identity("rdsiam_replication_parameter")] {
        assert_eq!(identity["cluster_identifier"], "orders");
        assert_eq!(identity["account_id"], "123456789012");
        assert_eq!(identity["region"], stand_in.connection().region);
    }
}

#[test]
fn import_by_identity_of_another_account_is_refused() {
    let stand_in = StandIn::start(15);
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::ImportByIdentity) {
        return;
    }
    workspace.write(
        &(stand_in.provider()
            + &user::resource("cdc", "")
            + &format!(
                "import {{\n  to = {}\n  identity = {{\n    account_id = \"999999999999\"\n    name = \"cdc\"\n  \
                 }}\n}}\n",
                user::ADDRESS
            )),
    );
    workspace
        .run(&["plan"])
        .failure()
        .says("999999999999")
        .says("123456789012");
}
