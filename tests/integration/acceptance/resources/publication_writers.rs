//! `rdsiam_publication` while others write to its tables, or change it and its tables themselves.

use std::thread;

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{
    StandIn, any_major, eventually, from_16, on_both_sides_of_16,
    publication::{as_master, is_there, members, rewrite, session, workspace},
    slot::messages,
};

/// Waits until the provider waits for a lock.
fn until_it_waits(stand_in: &StandIn) {
    eventually("the wait for a lock", || {
        let waits = "SELECT count(*) FROM pg_stat_activity \
             WHERE application_name = 'terraform-provider-rdsiam' AND wait_event_type = 'Lock'";
        stand_in.sql_value(waits).as_deref() == Some("1")
    });
}

#[test]
fn publication_from_16_waits_for_writers_however_their_table_joins() {
    let stand_in = StandIn::start(from_16());
    let settings = json!({"publishes_schemas": true});
    stand_in.control("POST", "/clusters/orders/settings", &settings);
    as_master(
        &stand_in,
        "CREATE SCHEMA w; CREATE TABLE w.root (id int PRIMARY KEY) PARTITION BY RANGE (id); \
         CREATE TABLE w.leaf PARTITION OF w.root FOR VALUES FROM (0) TO (100)",
    );
    let limit = "wait_for_writers = \"always\"\n  timeouts {\n    update = \"3s\"\n  }";
    let workspace = workspace(&stand_in, "p", limit);
    workspace.apply().success();
    let writer = session(&stand_in);
    let run = |text| {
        stand_in
            .block_on(writer.batch_execute(text))
            .expect("it runs")
    };
    // Not through the partitioned table, of which it holds no lock.
    run("BEGIN; INSERT INTO w.leaf VALUES (1)");
    for joins in [
        "tables = { \"w.root\" = {} }",
        "schemas = [\"w\"]",
        "all_tables = true",
    ] {
        rewrite(&workspace, &stand_in, "p", &format!("{joins}\n  {limit}"));
        workspace
            .apply()
            .failure()
            .says("somebody writes to one of its tables")
            .says("of \"master\" holds w.leaf");
        let all = stand_in.sql_value("SELECT puballtables FROM pg_publication WHERE pubname = 'p'");
        assert_eq!(all.as_deref(), Some("f"), "{joins}");
        assert_eq!(members(&stand_in, "p"), [""; 0], "{joins}");
    }
    run("COMMIT");
    workspace.apply().success();
    // What is published already does not join.
    run("BEGIN; INSERT INTO w.leaf VALUES (2)");
    let listed = format!("tables = {{ \"w.root\" = {{}}, \"public.orders\" = {{}} }}\n  {limit}");
    rewrite(&workspace, &stand_in, "p", &listed);
    workspace.apply().success();
    run("ROLLBACK");
}

#[test]
fn publication_that_may_not_wait_for_writers_of_a_table_is_refused_unless_it_does_not_wait() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql(
        "CREATE ROLE app; CREATE TABLE public.foreign (id int PRIMARY KEY); ALTER TABLE public.foreign OWNER TO app",
    );
    let workspace = workspace(&stand_in, "p", "wait_for_writers = \"always\"");
    workspace.apply().success();
    let all = |waits| format!("wait_for_writers = \"{waits}\"\n  all_tables = true");
    rewrite(&workspace, &stand_in, "p", &all("always"));
    workspace
        .apply()
        .failure()
        .says("wait for those who write to what joins")
        .says("permission denied for table foreign");
    rewrite(&workspace, &stand_in, "p", &all("never"));
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn publication_that_somebody_else_changes_meanwhile_is_changed_after_that() {
    let stand_in = StandIn::start(any_major());
    let workspace = workspace(&stand_in, "p", "publish = [\"insert\"]");
    workspace.apply().success();
    let other = session(&stand_in);
    let run = |text| {
        stand_in
            .block_on(other.batch_execute(text))
            .expect("it runs")
    };
    run("BEGIN; ALTER PUBLICATION p SET (publish = 'delete')");
    rewrite(&workspace, &stand_in, "p", "publish = [\"update\"]");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        until_it_waits(&stand_in);
        // The server says XX000 "tuple concurrently updated" now.
        run("COMMIT");
        apply.join().expect("no panic").success();
    });
    let published =
        "SELECT concat(pubinsert, pubupdate, pubdelete) FROM pg_publication WHERE pubname = 'p'";
    assert_eq!(stand_in.sql_value(published).as_deref(), Some("ftf"));
    workspace.plan().empty();
}

#[test]
fn publication_in_a_deadlock_over_its_tables_is_changed_after_that() {
    let stand_in = StandIn::start(any_major());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
    );
    let workspace = workspace(&stand_in, "p", "tables = { \"public.a\" = {} }");
    workspace.apply().success();
    let other = session(&stand_in);
    let run = |text| stand_in.block_on(other.batch_execute(text));
    run("BEGIN; LOCK TABLE public.b IN SHARE UPDATE EXCLUSIVE MODE").expect("nobody has it");
    rewrite(&workspace, &stand_in, "p", "tables = { \"public.b\" = {} }");
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        until_it_waits(&stand_in);
        // The server ends one of the two, the provider's more likely.
        let _ended = run("LOCK TABLE public.a IN SHARE UPDATE EXCLUSIVE MODE");
        run("ROLLBACK").expect("it is open");
        apply.join().expect("no panic").success();
    });
    assert_eq!(members(&stand_in, "p"), ["public.b"]);
}

#[test]
fn publications_of_two_runs_with_the_same_tables_are_both_changed() {
    let stand_in = StandIn::start(any_major());
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
    );
    let of = |names: [&str; 2]| {
        let tables = names.map(|name| format!("\"public.{name}\" = {{}}"));
        format!("tables = {{ {} }}", tables.join(", "))
    };
    let both = [("p", ["a", "b"]), ("q", ["b", "a"])]
        .map(|(name, tables)| workspace(&stand_in, name, &of(tables)));
    thread::scope(|scope| {
        let runs = both.each_ref().map(|one| scope.spawn(|| one.apply()));
        for run in runs {
            run.join().expect("no panic").success();
        }
    });
    for name in ["p", "q"] {
        assert!(is_there(&stand_in, name));
        assert_eq!(members(&stand_in, name), ["public.a", "public.b"]);
    }
}

/// What is written to the table `a` once it has joined.
const AFTERWARDS: &str = "INSERT INTO public.a VALUES (2); UPDATE public.a SET v = 'x' WHERE id = 1; INSERT INTO public.a VALUES (3)";

/// Changes a publication of the table `a` while somebody writes to that; how many INSERTs and UPDATEs a slot has then,
/// after three INSERTs of which one came before and two after the change, and an UPDATE after it.
fn streamed_after(major: u16, before: &str, after: &str) -> [u32; 2] {
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY, v text)",
    );
    let workspace = workspace(&stand_in, "p", before);
    workspace.apply().success();
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    let writer = session(&stand_in);
    let run = |text| {
        stand_in
            .block_on(writer.batch_execute(text))
            .expect("it runs")
    };
    run("BEGIN; INSERT INTO public.a VALUES (1)");
    rewrite(&workspace, &stand_in, "p", after);
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("an apply that is done or waits for the writer", || {
            let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'public.a'::regclass";
            apply.is_finished() || stand_in.sql_value(waits).as_deref() == Some("1")
        });
        run("COMMIT");
        apply.join().expect("no panic").success();
    });
    run(AFTERWARDS);
    ["I", "U"].map(|tag| messages(&stand_in, "s", "p", tag))
}

#[apply(on_both_sides_of_16)]
fn publication_of_another_operation_loses_none_of_a_table_that_somebody_writes_to(major: u16) {
    let publishing =
        |publish| format!("publish = [{publish}]\n  tables = {{ \"public.a\" = {{}} }}");
    let after = publishing("\"insert\", \"update\"");
    assert_eq!(
        streamed_after(major, &publishing("\"insert\""), &after),
        [3, 1]
    );
}

#[apply(on_both_sides_of_16)]
fn publication_of_all_tables_loses_none_that_somebody_writes_to(major: u16) {
    let [inserts, updates] = streamed_after(major, "", "all_tables = true");
    // Whether what was written before is sent depends on the server.
    assert!((2..=3).contains(&inserts), "{inserts}");
    assert_eq!(updates, 1);
}

/// The last major version that loses the whole table then. 13 loses what the transaction writes after that, and minor
/// versions of later ones without the fix do.
#[test]
fn publication_of_a_table_that_joins_under_a_writer_loses_it_without_the_wait_and_ours_does_not() {
    let major = 12;
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY, v text); CREATE PUBLICATION theirs",
    );
    stand_in.sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    let writer = session(&stand_in);
    let run = |text| {
        stand_in
            .block_on(writer.batch_execute(text))
            .expect("it runs")
    };
    run("BEGIN; INSERT INTO public.a VALUES (1)");
    as_master(
        &stand_in,
        "ALTER PUBLICATION theirs ADD TABLE ONLY public.a",
    );
    run("COMMIT");
    run(AFTERWARDS);
    let lost = ["I", "U"].map(|tag| messages(&stand_in, "s", "theirs", tag));
    assert_eq!(lost, [0, 0]);

    let joins = "tables = { \"public.a\" = {} }";
    assert_eq!(streamed_after(major, "", joins), [2, 1]);
}
