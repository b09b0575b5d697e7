//! Connections that break while a slot is created or dropped.

use std::{thread, time::Duration};

use rds_emulator::relay::{Cut, Effect, Fault, Phase};
use rstest_reuse::apply;

use super::provider_through;
use crate::support::{
    StandIn, Workspace, eventually, on_both_sides_of_16,
    slot::{is_there, resource},
};

/// Long enough to say what comes after.
const MOMENT: Effect = Effect::Delay(Duration::from_millis(300));
const CREATE: Phase = Phase::Statement("pg_create_logical_replication_slot");
const DROP: Phase = Phase::Statement("pg_drop_replication_slot");

#[apply(on_both_sides_of_16)]
fn slot_whose_connection_breaks_is_there_once_and_managed(major: u16) {
    let stand_in = StandIn::start(major);
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(provider_through(&stand_in, &relay, "") + &resource("s", "")));
    let reset = |phase| relay.add(Fault::at(phase, Cut::Reset).times(1));
    // What the server does not have is run again.
    reset(CREATE);
    workspace.apply().success();
    workspace.plan().empty();
    reset(DROP);
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "s"));
    assert_eq!(relay.hits(), 2);
    // What it has done without an answer is looked for.
    workspace.run(&["plan", "-out=planned"]).success();
    relay.add(Fault::at(CREATE, MOMENT).times(1));
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.run(&["apply", "planned"]));
        eventually("the statement", || relay.hits() == 3);
        reset(Phase::Committed);
        let applied = apply.join().expect("no panic").success();
        applied.says("Replication Slot Created Without An Answer");
    });
    assert_eq!(relay.hits(), 4);
    workspace.plan().empty();
    assert!(is_there(&stand_in, "s"));
}
