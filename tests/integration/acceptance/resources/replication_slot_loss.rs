//! `rdsiam_replication_slot` that is missing or lost: nothing is pretended, and nothing made again in silence.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    StandIn, any_major, before_16, from_16, on_both_sides_of_16,
    slot::{ADDRESS, drop_slot, is_there, lose_slots, rewrite, workspace},
};

#[apply(on_both_sides_of_16)]
fn slot_that_somebody_dropped_is_missing_and_not_made_again(major: u16) {
    let stand_in = StandIn::start(major);
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    let confirmed = workspace.state(ADDRESS).expect("a state")["consistent_point"].clone();
    lose_slots(&stand_in);
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"usable\"")
        .says("Replication Slot Missing")
        .says(confirmed.as_str().expect("a position"))
        .says("0 to add, 1 to change, 0 to destroy");
    workspace
        .apply()
        .failure()
        .says("was not made again")
        .says("-replace=ADDRESS");
    assert!(!is_there(&stand_in, "s"));
    // Also without a look, and again and again.
    workspace
        .run(&["apply", "-auto-approve", "-refresh=false"])
        .failure();
    workspace.apply().failure();
    assert!(!is_there(&stand_in, "s"));
    // A person's word.
    workspace
        .run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")])
        .success();
    assert!(is_there(&stand_in, "s"));
    workspace.plan().empty();
    let now = workspace.state(ADDRESS).expect("a state")["consistent_point"].clone();
    assert_ne!(now, confirmed);
}

#[test]
fn slot_that_is_missing_is_made_again_where_that_is_said() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "on_loss = \"recreate\"");
    workspace.apply().success();
    drop_slot(&stand_in, "s");
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"usable\"")
        .says("consistent_point")
        .says("(known after apply)");
    // Somebody was faster: theirs is not taken over.
    workspace.run(&["plan", "-out=planned"]).success();
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    workspace
        .run(&["apply", "planned"])
        .failure()
        .says("is there already");
    drop_slot(&stand_in, "s");
    workspace
        .apply()
        .success()
        .says("Replication Slot Made Again")
        .says("0 added, 1 changed, 0 destroyed");
    assert!(is_there(&stand_in, "s"));
    workspace.plan().empty();
}

/// The first that lose slots are of 13.
#[rstest]
#[case::before_16(before_16().max(13))]
#[case::from_16(from_16())]
fn slot_that_is_lost_stays_until_somebody_decides(#[case] major: u16) {
    let stand_in = StandIn::start(major);
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    stand_in.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    stand_in.sql("SELECT pg_reload_conf()");
    stand_in.sql(
        "CREATE TABLE public.much AS SELECT n, repeat('x', 500) FROM generate_series(1, 80000) n",
    );
    stand_in.sql("SELECT pg_switch_wal()");
    stand_in.sql("CHECKPOINT");
    let status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 's'";
    assert_eq!(stand_in.sql_value(status).as_deref(), Some("lost"));
    workspace
        .plan()
        .changes()
        .says("\"lost\" -> \"usable\"")
        .says("Replication Slot Lost");
    workspace
        .apply()
        .failure()
        .says("is lost, and was not made again");
    assert_eq!(stand_in.sql_value(status).as_deref(), Some("lost"));
    // Not even dropped, where none can be made.
    let nothing_to_name = "on_loss = \"recreate\"\n  publications = [\"nobodys\"]";
    rewrite(&workspace, &stand_in, "s", nothing_to_name);
    workspace
        .apply()
        .failure()
        .says("has no publication \"nobodys\"");
    assert_eq!(stand_in.sql_value(status).as_deref(), Some("lost"));
    rewrite(&workspace, &stand_in, "s", "on_loss = \"recreate\"");
    workspace
        .apply()
        .success()
        .says("Replication Slot Made Again");
    assert_ne!(stand_in.sql_value(status).as_deref(), Some("lost"));
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn slot_after_a_blue_green_switchover_is_missing_and_its_cluster_another_one(major: u16) {
    let stand_in = StandIn::start(major);
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    // RDS does not switch over while there are slots.
    lose_slots(&stand_in);
    stand_in.control("POST", "/clusters/orders/switchover", &Value::Null);
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"usable\"")
        .says("The cluster or instance is another one of that name")
        .says(&stand_in.cluster().resource_id);
    workspace.apply().failure().says("was not made again");
    assert!(!is_there(&stand_in, "s"));
}

#[test]
fn slot_of_a_restored_snapshot_is_missing_or_in_doubt_and_never_taken_for_the_same() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    stand_in.control("POST", "/clusters/orders/snapshot", &Value::Null);
    stand_in.sql("INSERT INTO public.orders (item) VALUES ('later')");
    stand_in.sql("SELECT pg_replication_slot_advance('s', pg_current_wal_lsn())");
    workspace.apply().success();
    stand_in.control("POST", "/clusters/orders/restore", &Value::Null);
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"usable\"")
        .says("The cluster or instance is another one of that name");
    // AWS does not say whether the slots of a snapshot come back.
    let settings = json!({"restores_slots": true});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    stand_in.control("POST", "/clusters/orders/restore", &Value::Null);
    assert!(is_there(&stand_in, "s"));
    workspace
        .plan()
        .empty()
        .says("Replication Slot In Doubt")
        .says("the server was restored to an earlier time");
}

#[test]
fn slot_that_somebody_made_with_another_plugin_is_replaced_not_taken_for_the_same() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    drop_slot(&stand_in, "s");
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'test_decoding')");
    workspace
        .plan()
        .changes()
        .says("must be replaced")
        .says("\"test_decoding\" -> \"pgoutput\"");
}

#[test]
fn slot_that_was_missing_and_that_somebody_made_since_is_said_to_be_another_one() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    let point = || workspace.state(ADDRESS).expect("a state")["consistent_point"].clone();
    let before = point();
    drop_slot(&stand_in, "s");
    workspace.apply().failure();
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    workspace
        .apply()
        .success()
        .says("Replication Slot Is Another One")
        .says(before.as_str().expect("a position"))
        .says("take a new snapshot");
    // So that what depends on it is planned anew.
    assert!(point().is_null());
    workspace
        .plan()
        .empty()
        .does_not_say("Replication Slot Is Another One");
}
