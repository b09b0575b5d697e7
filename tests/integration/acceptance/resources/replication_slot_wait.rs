//! `rdsiam_replication_slot` whose creation waits for transactions of others: bounded, for whom is said, and nothing is
//! left of one that is given up.

use std::thread;

use rds_emulator::majors::MAJORS;
use rstest::rstest;
use rstest_reuse::apply;

use crate::support::{
    Kind, StandIn, any_major, eventually, on_both_sides_of_16,
    process::{Started, send},
    publication,
    slot::{ADDRESS, Writer, is_being_created, is_there, messages, workspace},
};

/// A limit for the creation, which gives up some seconds before its end.
fn within(seconds: u32) -> String {
    format!("timeouts {{\n    create = \"{seconds}s\"\n  }}")
}

/// Whether two processes work on one slot.
fn another_run_waits(stand_in: &StandIn) -> bool {
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    stand_in.sql_value(waits).as_deref() == Some("1")
}

#[apply(on_both_sides_of_16)]
fn slot_waits_for_writers_and_says_for_whom_when_its_time_is_up(major: u16) {
    let stand_in = StandIn::start(major);
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", &within(3));
    let master = format!("of {:?}", stand_in.cluster().master_username);
    workspace
        .plan()
        .changes()
        .says("Transactions To Wait For")
        .says(&master);
    workspace
        .apply()
        .failure()
        .says("for transactions that have written")
        .says(&master)
        .says("There is no slot");
    assert!(!is_there(&stand_in, "s"));
    assert_eq!(workspace.state(ADDRESS), None);
    writer.commit(&stand_in);
    workspace.apply().success();
    assert!(is_there(&stand_in, "s"));
}

#[test]
fn slot_waits_for_prepared_transactions_and_names_them() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("ALTER SYSTEM SET max_prepared_transactions = 5");
    stand_in.reboot(Kind::Cluster);
    stand_in.sql(
        "BEGIN; INSERT INTO public.orders (item) VALUES ('x'); PREPARE TRANSACTION 'of theirs'",
    );
    let workspace = workspace(&stand_in, "s", &within(2));
    let prepared = "prepared transaction \"of theirs\"";
    workspace.plan().changes().says(prepared);
    workspace.apply().failure().says(prepared);
    assert!(!is_there(&stand_in, "s"));
    stand_in.sql("COMMIT PREPARED 'of theirs'");
    workspace.apply().success();
}

/// Up to 11 a slot can not be copied, and before 14 a server does not look after its client.
#[rstest]
#[case::before_16_of_the_oldest(*MAJORS.start())]
#[case::before_16_of_a_copy(13)]
#[case(any_major())]
fn slot_is_created_once_the_writers_are_done_and_has_what_comes_after(#[case] major: u16) {
    let stand_in = StandIn::start(major);
    let publication = &stand_in.cluster().publication;
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", &format!("publications = [{publication:?}]"));
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        writer.commit(&stand_in);
        apply.join().expect("no panic").success();
    });
    workspace.plan().empty();
    stand_in.sql("INSERT INTO public.orders (item) VALUES ('after')");
    assert_eq!(messages(&stand_in, "s", publication, "I"), 1);
    let slots = "SELECT string_agg(slot_name, ', ') FROM pg_replication_slots";
    assert_eq!(stand_in.sql_value(slots).as_deref(), Some("s"));
}

#[test]
fn slot_that_may_be_created_and_not_copied_is_created() {
    // The newest on which it would be copied.
    let stand_in = StandIn::start(13);
    stand_in.sql(
        "REVOKE EXECUTE ON FUNCTION pg_copy_logical_replication_slot(name, name, boolean) FROM PUBLIC",
    );
    let workspace = workspace(&stand_in, "s", "");
    workspace.apply().success();
    workspace.plan().empty();
    // There is no room for two.
    workspace.destroy().success();
    stand_in.sql(
        "GRANT EXECUTE ON FUNCTION pg_copy_logical_replication_slot(name, name, boolean) TO PUBLIC; \
         SELECT pg_create_physical_replication_slot('p' || n) \
         FROM generate_series(2, current_setting('max_replication_slots')::int) n",
    );
    workspace.apply().success();
    workspace.plan().empty();
}

#[rstest]
#[case::before_16_of_a_copy(13)]
#[case::looked_after(any_major().max(14))]
fn slot_of_a_provider_that_is_killed_in_its_wait_is_left_to_nobody(#[case] major: u16) {
    let stand_in = StandIn::start(major);
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    eventually("the wait", || is_being_created(&stand_in));
    for provider in cli.providers() {
        send("KILL", provider);
    }
    assert!(!cli.output(60).status.success());
    if major >= 14 {
        // The writer is still at work: the server itself has given up.
        eventually("the end of the wait", || !is_being_created(&stand_in));
    }
    writer.commit(&stand_in);
    eventually("the end of the session", || {
        let slots = "SELECT count(*) FROM pg_replication_slots";
        stand_in.sql_value(slots).as_deref() == Some("0")
    });
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn slot_of_a_provider_that_is_killed_before_12_is_given_up_in_time_or_found_by_the_next_apply() {
    let stand_in = StandIn::start(*MAJORS.start());
    let workspace = workspace(&stand_in, "s", &within(10));
    let kill_in_the_wait = || {
        let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
        eventually("the wait", || is_being_created(&stand_in));
        for provider in cli.providers() {
            send("KILL", provider);
        }
        assert!(!cli.output(60).status.success());
    };
    let writer = Writer::begin(&stand_in);
    kill_in_the_wait();
    // The writer is still at work, and the time is up.
    eventually("the end of the wait", || !is_there(&stand_in, "s"));
    kill_in_the_wait();
    // Its time is not up yet.
    writer.commit(&stand_in);
    eventually("the slot", || {
        is_there(&stand_in, "s") && !is_being_created(&stand_in)
    });
    workspace
        .apply()
        .failure()
        .says("is there already")
        .says("terraform import ADDRESS 'cluster:orders/s'");
    workspace
        .run(&["import", ADDRESS, "cluster:orders/s"])
        .success();
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn slot_whose_wait_is_interrupted_is_left_to_nobody() {
    let stand_in = StandIn::start(any_major());
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    eventually("the wait", || is_being_created(&stand_in));
    send("INT", cli.id());
    assert!(!cli.output(60).status.success());
    assert!(!is_there(&stand_in, "s"));
    writer.commit(&stand_in);
    assert!(!is_there(&stand_in, "s"));
}

#[apply(on_both_sides_of_16)]
fn slot_of_two_runs_at_once_is_made_by_one_and_the_other_is_told(major: u16) {
    let stand_in = StandIn::start(major);
    let writer = Writer::begin(&stand_in);
    let both = [(); 2].map(|()| workspace(&stand_in, "s", ""));
    let mut runs = thread::scope(|scope| {
        let runs = both.each_ref().map(|one| scope.spawn(|| one.apply()));
        eventually("both", || {
            is_being_created(&stand_in) && another_run_waits(&stand_in)
        });
        // One that does not wait for as long.
        let third = workspace(&stand_in, "s", &within(2));
        third
            .apply()
            .failure()
            .says("Somebody else is just creating");
        writer.commit(&stand_in);
        runs.map(|run| run.join().expect("no panic"))
    });
    runs.sort_by_key(|run| run.code());
    let [won, late] = runs;
    won.success();
    late.failure()
        .says("is there already")
        .says("terraform import ADDRESS 'cluster:orders/s'");
    let states = both.each_ref().map(|one| one.state(ADDRESS).is_some());
    assert_eq!(states.iter().filter(|is_there| **is_there).count(), 1);
    assert!(is_there(&stand_in, "s"));
}

#[test]
fn slot_whose_name_somebody_takes_while_it_waits_is_refused_by_what_has_it() {
    // The newest on which another one waits in its place.
    let stand_in = StandIn::start(13);
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        stand_in.sql("SELECT pg_create_physical_replication_slot('s')");
        writer.commit(&stand_in);
        let refused = apply.join().expect("no panic").failure();
        refused.says("physical or temporary");
    });
    let slots = "SELECT string_agg(slot_name, ', ') FROM pg_replication_slots";
    assert_eq!(stand_in.sql_value(slots).as_deref(), Some("s"));
}

#[test]
fn slot_whose_publication_is_dropped_while_it_waits_is_not_left_behind() {
    let stand_in = StandIn::start(any_major());
    publication::as_master(
        &stand_in,
        "CREATE PUBLICATION short FOR TABLE public.orders",
    );
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "publications = [\"short\"]");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        publication::as_master(&stand_in, "DROP PUBLICATION short");
        writer.commit(&stand_in);
        let refused = apply.join().expect("no panic").failure();
        refused.says("has no publication \"short\"");
    });
    assert!(!is_there(&stand_in, "s"));
    assert_eq!(workspace.state(ADDRESS), None);
}

#[test]
fn slot_whose_server_fails_over_while_it_waits_is_created_once() {
    let stand_in = StandIn::start(any_major());
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in));
        stand_in.control(
            "POST",
            "/clusters/orders/failover",
            &serde_json::Value::Null,
        );
        apply.join().expect("no panic").success();
    });
    drop(writer);
    assert!(is_there(&stand_in, "s"));
    workspace.plan().empty();
}
