//! The two arrangements of the guide on `aws_rds_cluster_parameter_group`, word for word, with hashicorp/aws beside ours.
//!
//! `HASHICORP_AWS` names its program: it is 700 MB, and no package registry has it.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use aws_sdk_rds::types::Parameter;

use crate::support::{StandIn, Workspace, any_major};

const SOURCE: &str = "hashicorp/aws";
const PROGRAM: &str = "HASHICORP_AWS";
const GUIDE: &str = "docs/guides/together-with-aws_rds_cluster_parameter_group.md";
const GROUP: &str = "orders-postgresql17";
const OURS: &str = "rds.iam_auth_for_replication";

/// The program; `None` where it is not named, which is said aloud.
fn program() -> Option<PathBuf> {
    let program = env::var_os(PROGRAM).map(PathBuf::from);
    if program.is_none() {
        // Past the test harness, which would swallow it.
        let _said = writeln!(
            std::io::stderr(),
            "\n*** NOT TESTED beside {SOURCE}: set {PROGRAM} to its program.\n"
        );
    }
    program
}

/// A configuration of the guide, by its place.
fn arrangement(place: usize) -> String {
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let guide = fs::read_to_string(guide).expect("the guide can be read");
    let block = guide.split("```terraform\n").nth(place + 1);
    let (block, _) = block
        .and_then(|block| block.split_once("```"))
        .expect("it has such a configuration");
    block.to_owned()
}

/// A directory with both providers and a configuration.
fn workspace(stand_in: &StandIn, program: &Path, configuration: &str) -> Workspace {
    let mut workspace = Workspace::new(stand_in);
    workspace.manage_provider();
    workspace.add_provider(SOURCE, program);
    workspace.write(&(stand_in.provider() + "provider \"aws\" {}\n" + configuration));
    workspace
}

/// What somebody has set in the group.
fn set(stand_in: &StandIn) -> Vec<(String, String)> {
    let request = stand_in.rds().describe_db_cluster_parameters();
    let request = request
        .db_cluster_parameter_group_name(GROUP)
        .source("user");
    let pages = request.into_paginator().items().send().try_collect();
    let set: Vec<Parameter> = stand_in
        .block_on(pages)
        .expect("the group can be described");
    let pair = |parameter: &Parameter| {
        let (name, value) = (parameter.parameter_name()?, parameter.parameter_value()?);
        Some((name.to_owned(), value.to_owned()))
    };
    set.iter().filter_map(pair).collect()
}

fn both() -> Vec<(String, String)> {
    [OURS, "rds.logical_replication"]
        .map(|name| (name.to_owned(), "1".to_owned()))
        .into()
}

#[test]
fn group_that_sets_the_parameter_itself_is_left_alone() {
    let Some(program) = program() else { return };
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, &program, &arrangement(0));
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(set(&stand_in), both());
    workspace.destroy().success();
}

#[test]
fn group_that_ignores_its_parameters_keeps_ours() {
    let Some(program) = program() else { return };
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, &program, &arrangement(1));
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(set(&stand_in), both());

    // Back to the first one, as the guide says it.
    let retained = arrangement(1).replace(
        "  db_cluster_parameter_group_name =",
        "  on_destroy = \"retain\"\n  db_cluster_parameter_group_name =",
    );
    let providers = stand_in.provider() + "provider \"aws\" {}\n";
    workspace.write(&(providers.clone() + &retained));
    workspace.apply().success();
    workspace.write(&(providers + &arrangement(0)));
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(set(&stand_in), both());
}
