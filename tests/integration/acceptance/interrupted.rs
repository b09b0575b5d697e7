//! Ctrl-C while the database or the API gives no answer: a run ends within some seconds, whatever it is at, and the
//! state is what it was.
#![cfg(unix)]

use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    thread,
    time::{Duration, Instant},
};

use rds_emulator::relay::{Cut, Fault, Phase as Connecting, Relay};

use crate::support::{
    StandIn, Workspace, any_major, eventually,
    process::{Started, send_to_group},
};

/// How long a run may take to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than the CLI has in hand at once.
const USERS: usize = 12;

/// What gives no answer.
#[derive(Clone, Copy, Debug)]
enum Silent {
    Database,
    Api,
}

/// What a run is at when nothing answers any more.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Plan,
    /// Of which Terraform tells the provider nothing.
    PlanOfApply,
    Refresh,
    RefreshOfDestroy,
    Apply,
    Destroy,
}

#[test]
fn run_interrupted_while_nothing_answers_ends_soon_whatever_it_is_at() {
    let stand_in = StandIn::start(any_major());
    let cases = [Silent::Database, Silent::Api]
        .into_iter()
        .flat_map(|silent| {
            let phases = [
                Phase::Plan,
                Phase::PlanOfApply,
                Phase::Refresh,
                Phase::RefreshOfDestroy,
                Phase::Apply,
                Phase::Destroy,
            ];
            phases.map(|phase| (silent, phase))
        });
    thread::scope(|scope| {
        for (number, (silent, phase)) in cases.enumerate() {
            let stand_in = &stand_in;
            scope.spawn(move || interrupt(stand_in, number, silent, phase));
        }
    });
}

fn interrupt(stand_in: &StandIn, number: usize, silent: Silent, phase: Phase) {
    let database = stand_in.relay();
    let mut workspace = workspace(stand_in, number, &database);
    match phase {
        Phase::Plan | Phase::PlanOfApply => {}
        Phase::Apply => {
            workspace.run(&["plan", "-out=planned"]).success();
        }
        Phase::Refresh | Phase::RefreshOfDestroy | Phase::Destroy => {
            workspace.apply().success();
        }
    }
    let before = workspace.state_text();
    // Whoever connects is taken by the operating system, and hears nothing.
    let api = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    match silent {
        Silent::Database => {
            database.add(Fault::at(Connecting::Accepted, Cut::BlackHole));
            database.cut(Cut::Close);
        }
        Silent::Api => {
            let address = api.local_addr().expect("the listener has an address");
            workspace.unset_environment("AWS_ENDPOINT_URL");
            workspace.set_environment("AWS_ENDPOINT_URL", &format!("http://{address}"));
        }
    }
    let accepted = database.accepted();
    let mut command = workspace.command(match phase {
        Phase::Plan | Phase::Refresh => &["plan"],
        Phase::PlanOfApply => &["apply", "-auto-approve"],
        Phase::RefreshOfDestroy => &["destroy", "-auto-approve"],
        Phase::Apply => &["apply", "planned"],
        Phase::Destroy => &["destroy", "-auto-approve", "-refresh=false"],
    });
    // A group of its own, which Ctrl-C at a terminal reaches as a whole.
    let cli = Started::new(command.process_group(0));
    let _held = match silent {
        Silent::Database => {
            eventually("the silence", || database.accepted() > accepted);
            None
        }
        Silent::Api => Some(api.accept().expect("the provider calls the API")),
    };
    send_to_group("INT", cli.id());
    let since = Instant::now();
    let output = cli.output(120);
    let took = since.elapsed();
    assert!(
        took < PATIENCE,
        "{silent:?}, {phase:?}: it took {took:?} to end"
    );
    assert!(!output.status.success(), "{silent:?}, {phase:?}");
    let users = |state: &str| {
        let state: serde_json::Value = serde_json::from_str(state).unwrap_or_default();
        let users = state["resources"][0]["instances"].as_array();
        users.map_or(0, Vec::len)
    };
    let kept = users(&workspace.state_text());
    assert_eq!(kept, users(&before), "{silent:?}, {phase:?}");
}

/// Users with roles of their own, behind the relay.
fn workspace(stand_in: &StandIn, number: usize, database: &Relay) -> Workspace {
    let roles: String = (0..USERS)
        .map(|user| format!("CREATE ROLE app_{number}_{user} LOGIN; "))
        .collect();
    stand_in.sql(&roles);
    let workspace = Workspace::new(stand_in);
    let direct = format!("connect_port = {}", stand_in.cluster().connect_port);
    let provider = stand_in
        .provider()
        .replace(&direct, &format!("connect_port = {}", database.port()));
    workspace.write(&format!(
        "{provider}resource \"rdsiam_replication_user\" \"this\" {{\n  count = {USERS}\n  \
         name = \"app_{number}_${{count.index}}\"\n  probe_authentication = false\n}}\n"
    ));
    workspace
}
