//! `data "rdsiam_replication_slots"`: what there is, how far it lags, and who streams.

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{StandIn, Workspace, any_major, on_both_sides_of_16, publication::as_master};

const ADDRESS: &str = "data.rdsiam_replication_slots.all";

#[apply(on_both_sides_of_16)]
fn slots_are_read_with_their_lag_and_who_streams(major: u16) {
    let stand_in = StandIn::start(major);
    let stream = stand_in.stream("consumer");
    stand_in.sql("SELECT pg_create_logical_replication_slot('idle', 'test_decoding')");
    stand_in.sql("SELECT pg_create_physical_replication_slot('physical')");
    as_master(
        &stand_in,
        "CREATE TABLE public.much AS SELECT generate_series(1, 10000) n",
    );
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(stand_in.provider() + "data \"rdsiam_replication_slots\" \"all\" {}\n"));
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    let slots = state["slots"].as_array().expect("slots");
    let names: Vec<_> = slots.iter().map(|slot| slot["name"].clone()).collect();
    assert_eq!(names, ["consumer", "idle", "physical"]);
    let [consumer, idle, physical] = slots.as_slice() else {
        panic!("three slots");
    };
    assert_eq!(consumer["active"], true);
    assert_eq!(
        consumer["user"],
        stand_in.cluster().replication_username.as_str()
    );
    assert!(consumer["pid"].as_i64().is_some_and(|pid| pid > 0));
    assert_eq!(idle["active"], false);
    assert_eq!(idle["user"], json!(null));
    assert_eq!(idle["plugin"], "test_decoding");
    assert_eq!(idle["status"], "usable");
    assert_eq!(idle["database"], stand_in.cluster().database.as_str());
    let lag = idle["lag_bytes"].as_i64().expect("a lag");
    assert!(lag > 100_000, "{lag}");
    assert!(idle["retained_bytes"].as_i64() >= Some(lag));
    assert_eq!(physical["slot_type"], "physical");
    drop(stream);
}

#[test]
fn slots_of_a_name_are_checked_by_a_check_block() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("SELECT pg_create_logical_replication_slot('orders_cdc', 'pgoutput')");
    stand_in.sql("SELECT pg_create_logical_replication_slot('other', 'pgoutput')");
    let workspace = Workspace::new(&stand_in);
    workspace.write(
        &(stand_in.provider()
            + r#"
check "slots" {
  data "rdsiam_replication_slots" "cdc" {
    name_regex = "_cdc$"
  }

  assert {
    condition     = alltrue([for slot in data.rdsiam_replication_slots.cdc.slots : slot.active])
    error_message = join(", ", [for slot in data.rdsiam_replication_slots.cdc.slots : "nobody reads ${slot.name}"])
  }
}
"#),
    );
    workspace
        .plan()
        .says("nobody reads orders_cdc")
        .does_not_say("other");
}
