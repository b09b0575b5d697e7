//! `examples/cdc`: all that a consumer needs, by one apply.

use std::{fs, path::Path};

use rstest_reuse::apply;

use crate::support::{StandIn, Workspace, on_both_sides_of_16, publication::as_master};

#[apply(on_both_sides_of_16)]
fn example_of_change_data_capture_is_applied_as_it_is_and_taken_back(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.items (id int PRIMARY KEY, name text)",
    );
    // The stand-in has a user of that name.
    stand_in.sql("DROP OWNED BY cdc; DROP ROLE cdc");
    let resource_id = &stand_in.cluster().resource_id;
    let mut workspace = Workspace::new(&stand_in);
    workspace.set_environment("TF_VAR_account_id", "123456789012");
    workspace.set_environment("TF_VAR_cluster_resource_id", resource_id);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cdc/main.tf");
    fs::copy(example, workspace.path().join("main.tf")).expect("the example can be copied");
    // Only the way there is another one.
    let provider = workspace.path().join("override.tf");
    fs::write(provider, stand_in.provider()).expect("it can be written");

    workspace
        .apply()
        .success()
        .says("5 added, 0 changed, 0 destroyed")
        .says("The consumer of the slot cdc does not keep up.")
        .says("usable, nobody reads it");
    // The CLI plans to read again what is read within a check.
    workspace
        .run(&["plan"])
        .success()
        .says("0 to add, 0 to change, 0 to destroy");
    workspace
        .run(&["output", "-raw", "consumer_policy"])
        .success()
        .says(&format!(":123456789012:dbuser:{resource_id}/cdc"));
    let readable = "SELECT has_table_privilege('cdc', 'public.orders', 'SELECT') \
                    AND has_table_privilege('cdc', 'public.items', 'SELECT')";
    assert_eq!(stand_in.sql_value(readable).as_deref(), Some("t"));
    workspace
        .destroy()
        .success()
        .says("5 destroyed")
        .does_not_say("Error");
}
