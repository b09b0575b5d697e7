//! `list "rdsiam_publication"`: what is found is imported as it is.

use std::fs;

use crate::support::{Ability, StandIn, Workspace, publication::as_master};

fn write_query(workspace: &Workspace, arguments: &str, config: &str) {
    let query = format!(
        "list \"rdsiam_publication\" \"all\" {{\n  provider = rdsiam\n  {arguments}\n  config {{\n    {config}\n  }}\n}}\n"
    );
    fs::write(workspace.path().join("all.tfquery.hcl"), query).expect("it can be written");
}

#[test]
fn query_of_publications_generates_a_configuration_that_imports_each_without_a_change() {
    let stand_in = StandIn::start(15);
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY, v text); \
         CREATE PUBLICATION \"half/\"\"way@eu ${x} %{y}\" FOR TABLE public.a (id, v) WHERE (id IN (1, 2)) \
         WITH (publish = 'insert'); CREATE PUBLICATION nothing",
    );
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Query) {
        return;
    }
    workspace.write(&stand_in.provider());
    write_query(
        &workspace,
        "include_resource = true",
        "cluster_identifier = \"orders\"",
    );
    let database = &stand_in.cluster().database;
    workspace
        .run(&["query", "-generate-config-out=generated.tf"])
        .success()
        .says(&format!("cluster:orders/{database}/nothing"))
        .says(&format!(
            "cluster:orders/{database}/half/\"way@eu ${{x}} %{{y}}"
        ));
    // That of the stand-in is the third.
    workspace
        .plan()
        .changes()
        .says("3 to import, 0 to add, 0 to change, 0 to destroy");
    write_query(&workspace, "", "name_regex = \"^noth\"");
    workspace
        .run(&["query"])
        .success()
        .says("/nothing")
        .does_not_say("half");
    write_query(&workspace, "", "database = \"missing\"");
    workspace.run(&["query"]).failure().says("missing");
}
