//! Connections that break while a slot is created or dropped.

use std::{thread, time::Duration};

use rds_emulator::relay::{Cut, Effect, Fault, Phase};
use rstest_reuse::apply;

use super::provider_through;
use crate::support::{
    StandIn, Workspace, eventually, on_both_sides_of_16,
    slot::{Writer, is_being_created, is_there, resource},
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

#[apply(on_both_sides_of_16)]
fn slot_whose_network_falls_silent_in_its_wait_is_managed_or_gone(major: u16) {
    let stand_in = StandIn::start(major);
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let limit = "timeouts {\n    create = \"7s\"\n  }";
    workspace.write(&(provider_through(&stand_in, &relay, "") + &resource("s", limit)));
    let writer = Writer::begin(&stand_in);
    let applied = thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        relay.cut(Cut::BlackHole);
        writer.commit(&stand_in);
        apply.join().expect("no panic")
    });
    if matches!(major, 12..=13) {
        // The one that waited in its place ends with its session.
        applied.failure();
        eventually("the end of the session", || {
            let slots = "SELECT count(*) FROM pg_replication_slots";
            stand_in.sql_value(slots).as_deref() == Some("0")
        });
        workspace.apply().success();
    } else {
        applied
            .success()
            .says("Replication Slot Created Without An Answer");
    }
    assert!(is_there(&stand_in, "s"));
    workspace.plan().empty();
}
