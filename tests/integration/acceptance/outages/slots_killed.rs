//! A provider that is killed while it creates or drops a slot: the next run says which it was, and goes on.

use rds_emulator::relay::Phase;

use super::{
    killed::{MOMENTS, apply_killed},
    provider_through,
};
use crate::support::{
    StandIn, Workspace, any_major,
    slot::{ADDRESS, drop_slot, is_there, resource},
};

const CREATE: &str = "pg_create_logical_replication_slot";
const DROP: &str = "pg_drop_replication_slot";

#[test]
fn slot_killed_in_a_create_or_a_destroy_is_made_once_and_gone_after_the_next_run() {
    let stand_in = StandIn::start(any_major());
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(provider_through(&stand_in, &relay, "") + &resource("s", "")));
    for moment in MOMENTS {
        apply_killed(&workspace, &relay, &[], CREATE, moment);
        let is_done = moment == Phase::Committed;
        assert_eq!(is_there(&stand_in, "s"), is_done);
        assert!(workspace.state(ADDRESS).is_none());
        if is_done {
            workspace
                .apply()
                .failure()
                .says("terraform import ADDRESS 'cluster:orders/s'");
            let import = ["import", ADDRESS, "cluster:orders/s"];
            workspace.run(&import).success();
        } else {
            workspace.apply().success();
        }
        workspace.plan().empty();
        apply_killed(&workspace, &relay, &["-destroy"], DROP, moment);
        assert_eq!(is_there(&stand_in, "s"), !is_done);
        workspace.destroy().success();
        assert!(!is_there(&stand_in, "s"));
        assert!(workspace.state(ADDRESS).is_none());
    }
}

#[test]
fn slot_killed_as_it_is_made_again_is_said_to_be_another_one() {
    let stand_in = StandIn::start(any_major());
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let slot = resource("s", "on_loss = \"recreate\"");
    workspace.write(&(provider_through(&stand_in, &relay, "") + &slot));
    workspace.apply().success();
    drop_slot(&stand_in, "s");
    apply_killed(&workspace, &relay, &[], CREATE, Phase::Committed);
    let position = "SELECT confirmed_flush_lsn FROM pg_replication_slots";
    let before = stand_in.sql_value(position);
    assert!(before.is_some());
    // It is there, and nothing is left to do but to say so.
    workspace
        .apply()
        .success()
        .says("Replication Slot Is Another One")
        .says("0 added, 0 changed, 0 destroyed");
    assert_eq!(stand_in.sql_value(position), before);
    workspace.plan().empty();
}
