//! `data "rdsiam_replication_slots"`: what there is, how far it lags, and who streams.

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{
    StandIn, Workspace, any_major, eventually, from_16, on_both_sides_of_16, publication::as_master,
};

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

/// The slots in the state of a workspace, by name.
fn slots(stand_in: &StandIn, workspace: &Workspace) -> Vec<serde_json::Value> {
    workspace.write(&(stand_in.provider() + "data \"rdsiam_replication_slots\" \"all\" {}\n"));
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    state["slots"].as_array().expect("slots").clone()
}

#[apply(on_both_sides_of_16)]
fn slots_whose_consumer_confirms_have_their_lag_in_time(major: u16) {
    let stand_in = StandIn::start(major);
    let mut stream = stand_in.stream("consumer");
    as_master(
        &stand_in,
        "INSERT INTO public.orders (item) VALUES ('late')",
    );
    stand_in.block_on(async {
        stream.next_insert().await.expect("the row comes");
        stream.confirm().await.expect("the stream goes on");
    });
    eventually("the lag", || {
        let lag = "SELECT count(flush_lag) FROM pg_stat_replication";
        stand_in.sql_value(lag).as_deref() == Some("1")
    });
    let workspace = Workspace::new(&stand_in);
    let slots = slots(&stand_in, &workspace);
    let lag = slots[0]["lag_milliseconds"].as_i64().expect("a lag");
    assert!((0..60_000).contains(&lag), "{lag}");
}

#[test]
fn slots_from_16_say_how_much_may_be_written_and_why_they_are_lost() {
    let stand_in = StandIn::start(from_16());
    let server = stand_in.sql_value("SHOW server_version_num");
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    stand_in.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'");
    stand_in.sql("SELECT pg_reload_conf()");
    let workspace = Workspace::new(&stand_in);
    let before = slots(&stand_in, &workspace).remove(0);
    let safe = before["safe_wal_size"].as_i64().expect("a limit");
    assert!(safe > 900 << 20, "{safe}");
    assert_eq!(before["wal_status"], "reserved");
    assert_eq!(before["invalidation_reason"], json!(null));
    stand_in.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    stand_in.sql("SELECT pg_reload_conf()");
    stand_in.sql(
        "SELECT pg_switch_wal() FROM pg_logical_emit_message(false, '', repeat('x', 20000000))",
    );
    stand_in.sql(
        "SELECT pg_switch_wal() FROM pg_logical_emit_message(false, '', repeat('x', 20000000))",
    );
    stand_in.sql("CHECKPOINT");
    let lost = slots(&stand_in, &workspace).remove(0);
    assert_eq!(lost["status"], "lost");
    assert_eq!(lost["wal_status"], "lost");
    assert_eq!(lost["retained_bytes"], json!(null));
    let reason = match server.as_deref() {
        Some(version) if version < "170000" => json!(null),
        _ => json!("wal_removed"),
    };
    assert_eq!(lost["invalidation_reason"], reason);
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
