//! The `credential_process` of a profile: where it fails, and where it hangs and is interrupted.
#![cfg(unix)]

use std::{fs, os::unix::process::CommandExt as _};

use rds_emulator::Options;

use super::{file, write};
use crate::support::{
    StandIn, Workspace, eventually,
    process::{self, Started},
};

/// Clusters of which Terraform has ten in hand at once.
const CLUSTERS: usize = 20;

/// A workspace whose credentials come from a script in it, in which `$0` is the script.
fn workspace(stand_in: &StandIn, script: &str) -> Workspace {
    let mut workspace = Workspace::new(stand_in);
    let script = file(&workspace, "keys.sh", script);
    let config = file(
        &workspace,
        "aws-config",
        &format!("[profile ci]\nregion = eu-central-1\ncredential_process = sh {script}\n"),
    );
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        workspace.unset_environment(name);
    }
    workspace.set_environment("AWS_CONFIG_FILE", &config);
    workspace.set_environment("AWS_PROFILE", "ci");
    write(&workspace, "");
    workspace
}

/// A script that hangs in another program, and leaves the ids of both in `pids`.
const HANGING: &str = "sleep 600 &\necho $$ $! > \"$0.pids\"\nwait\n";

/// The ids of the programs of the script that hangs, as soon as they run.
fn pids(workspace: &Workspace) -> Vec<u32> {
    let path = workspace.path().join("keys.sh.pids");
    let read = || -> Vec<u32> {
        let text = fs::read_to_string(&path).unwrap_or_default();
        text.split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    };
    eventually("the program runs", || read().len() == 2);
    read()
}

/// Whether a program is there, and not merely waiting to be reaped.
fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status
        .rsplit_once(") ")
        .map(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != Some('Z'))
}

#[test]
fn process_that_fails_names_profile_status_and_reason() {
    let stand_in = StandIn::without_server();
    workspace(
        &stand_in,
        "echo hush-hush\necho 'no session,' >&2\necho 'sign in' >&2\nexit 3\n",
    )
    .apply()
    .failure()
    .says(
        "the credential_process of the profile \"ci\" failed (exit status: 3): no session, sign in",
    )
    .says("Run it by hand")
    .does_not_say("hush-hush");
    workspace(&stand_in, "echo hush-hush\n")
        .apply()
        .failure()
        .says("the credential_process of the profile \"ci\" printed nothing that can be read as credentials")
        .says("Have it print one JSON object")
        .does_not_say("hush-hush");
}

#[test]
fn process_that_fails_is_asked_once_for_many_resources() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: (0..CLUSTERS).map(|number| format!("c{number}")).collect(),
        ..Options::default()
    });
    let workspace = workspace(&stand_in, "echo >> \"$0.runs\"\nexit 3\n");
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  count = {CLUSTERS}\n  cluster_identifier = \
         \"c${{count.index}}\"\n}}\n"
    ));
    workspace.apply().failure().says("exit status: 3");
    let runs = fs::read_to_string(workspace.path().join("keys.sh.runs")).expect("it ran");
    // Two processes of the provider, one for the plan and one for the apply.
    assert!(runs.lines().count() <= 2, "{runs:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn process_that_hangs_ends_with_an_interrupt() {
    let stand_in = StandIn::without_server();
    let workspace = workspace(&stand_in, HANGING);
    workspace.write(
        "data \"rdsiam_replication_status\" \"this\" {\n  cluster_identifier = \"orders\"\n}\n",
    );
    let mut command = workspace.command(&["apply", "-auto-approve"]);
    // A group of its own, which Ctrl-C at a terminal reaches as a whole: of the plan of an apply, Terraform tells the
    // provider nothing.
    let started = Started::new(command.process_group(0));
    let pids = pids(&workspace);
    process::send_to_group("INT", started.id());
    let output = started.output(20);
    assert!(!output.status.success());
    for pid in pids {
        eventually("the program is gone", || !runs(pid));
    }
}
