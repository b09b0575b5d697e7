//! `list "rdsiam_replication_slot"`: what is found is imported as it is.

use std::fs;

use crate::support::{Ability, StandIn, Workspace, any_major};

#[test]
fn query_of_slots_generates_a_configuration_that_imports_each_without_a_change() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("SELECT pg_create_logical_replication_slot('a', 'pgoutput')");
    stand_in.sql("SELECT pg_create_logical_replication_slot('b', 'test_decoding')");
    stand_in.sql("SELECT pg_create_physical_replication_slot('physical')");
    let workspace = Workspace::new(&stand_in);
    if !workspace.can(Ability::Query) {
        return;
    }
    workspace.write(&stand_in.provider());
    let query = "list \"rdsiam_replication_slot\" \"all\" {\n  provider = rdsiam\n  include_resource = true\n  config {\n    \
                 cluster_identifier = \"orders\"\n  }\n}\n";
    fs::write(workspace.path().join("all.tfquery.hcl"), query).expect("it can be written");
    workspace
        .run(&["query", "-generate-config-out=generated.tf"])
        .success()
        .says("cluster:orders/a")
        .does_not_say("physical");
    workspace
        .plan()
        .changes()
        .says("2 to import, 0 to add, 0 to change, 0 to destroy");
}
