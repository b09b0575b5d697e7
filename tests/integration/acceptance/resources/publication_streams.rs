//! `rdsiam_publication` while others stream it and write to its tables.

use std::{thread, time::Duration};

use rds_emulator::client::Connection;
use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major, eventually, from_16, on_both_sides_of_16,
    publication::{as_master, is_there, members, rewrite, workspace},
};

/// A stream of a publication from a slot that is made for it, by the replication user's password.
fn stream(stand_in: &StandIn, publication: &str) -> Connection {
    let cluster = stand_in.cluster();
    stand_in.block_on(async {
        let ca_file = &stand_in.connection().ca_file;
        let (user, password) = (&cluster.replication_username, &cluster.replication_password);
        let mut connection = Connection::open(cluster, ca_file, user, password)
            .await
            .expect("the user may replicate");
        connection
            .execute("CREATE_REPLICATION_SLOT consumer LOGICAL pgoutput NOEXPORT_SNAPSHOT")
            .await
            .expect("a slot can be made");
        connection
            .start_replication("consumer", publication)
            .await
            .expect("the stream starts");
        connection
    })
}

fn insert(stand_in: &StandIn, item: &str) {
    as_master(
        stand_in,
        &format!("INSERT INTO public.orders (item) VALUES ('{item}')"),
    );
}

#[apply(on_both_sides_of_16)]
fn publication_changed_under_a_stream_loses_no_row(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(&stand_in, "CREATE TABLE public.other (id int PRIMARY KEY)");
    let list = "tables = { \"public.orders\" = {} }";
    let workspace = workspace(&stand_in, "p", list);
    workspace.apply().success();
    let mut stream = stream(&stand_in, "p");
    for (number, arguments) in [
        "all_tables = true",
        "tables = { \"public.orders\" = {}, \"public.other\" = {} }",
        "tables = { \"public.orders\" = {} }\n  publish = [\"insert\"]",
    ]
    .into_iter()
    .enumerate()
    {
        insert(&stand_in, &format!("before {number}"));
        rewrite(&workspace, &stand_in, "p", arguments);
        workspace.apply().success();
        insert(&stand_in, &format!("after {number}"));
        for when in ["before", "after"] {
            let row = stand_in
                .block_on(stream.next_insert())
                .expect("the stream goes on");
            assert_eq!(row.last(), Some(&format!("{when} {number}")), "{arguments}");
        }
    }
    workspace
        .run(&["plan", "-destroy"])
        .success()
        .says("Publication In Use")
        .says("of \"cdc\"");
    rewrite(&workspace, &stand_in, "another", "");
    workspace
        .plan()
        .changes()
        .says("must be replaced")
        .says("Publication In Use");
}

#[test]
fn publication_filter_from_16_changed_under_a_stream_loses_no_row() {
    let stand_in = StandIn::start(from_16());
    let filtered = |filter: &str| {
        format!(
            "publish = [\"insert\"]\n  tables = {{ \"public.orders\" = {{ where = \"{filter}\" }} }}"
        )
    };
    let workspace = workspace(&stand_in, "p", &filtered("item <> 'hidden'"));
    workspace.apply().success();
    let mut stream = stream(&stand_in, "p");
    for item in ["one", "hidden"] {
        insert(&stand_in, item);
    }
    rewrite(&workspace, &stand_in, "p", &filtered("item <> 'secret'"));
    workspace.apply().success();
    for item in ["secret", "hidden", "two"] {
        insert(&stand_in, item);
    }
    for item in ["one", "hidden", "two"] {
        let row = stand_in
            .block_on(stream.next_insert())
            .expect("the stream goes on");
        assert_eq!(row.last().map(String::as_str), Some(item));
    }
}

#[test]
fn publication_waits_for_those_who_write_to_a_table_that_joins() {
    let stand_in = StandIn::start(any_major());
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let limit = "wait_for_writers = \"always\"\n  timeouts {\n    update = \"5s\"\n  }";
    let workspace = workspace(&stand_in, "p", limit);
    workspace.apply().success();
    let cluster = stand_in.cluster();
    let writer = stand_in
        .block_on(stand_in.session(cluster, &cluster.master_username, &cluster.master_password))
        .expect("the master user may log in");
    let run = |text| {
        stand_in
            .block_on(writer.batch_execute(text))
            .expect("the writer goes on")
    };
    run("BEGIN; INSERT INTO public.a VALUES (1)");
    let joins = format!("tables = {{ \"public.a\" = {{}} }}\n  {limit}");
    rewrite(&workspace, &stand_in, "p", &joins);
    workspace
        .apply()
        .failure()
        .says("somebody writes to one of its tables")
        .says("wait_for_writers");
    assert_eq!(members(&stand_in, "p"), [""; 0]);
    run("COMMIT");
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.a"]);
}

#[apply(on_both_sides_of_16)]
fn publication_of_two_runs_at_once_is_created_once_and_changed_by_both(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
    );
    let tables = |names: &[&str]| {
        let tables: Vec<String> = names
            .iter()
            .map(|name| format!("\"public.{name}\" = {{}}"))
            .collect();
        format!("tables = {{ {} }}", tables.join(", "))
    };
    let both = [
        workspace(&stand_in, "p", &tables(&["a"])),
        workspace(&stand_in, "p", &tables(&["a"])),
    ];
    let at_once = || {
        thread::scope(|scope| {
            let runs: Vec<_> = both.iter().map(|one| scope.spawn(|| one.apply())).collect();
            runs.into_iter()
                .map(|run| run.join().expect("no panic"))
                .collect::<Vec<_>>()
        })
    };
    let codes: Vec<i32> = at_once().iter().map(|run| run.code()).collect();
    assert_eq!(codes.iter().sum::<i32>(), 1, "{codes:?}");
    assert!(is_there(&stand_in, "p"));
    // The one that came too late imports it, and both change it.
    let late = usize::from(codes[1] != 0);
    let id = format!("cluster:orders/{}/p", stand_in.cluster().database);
    both[late]
        .run(&["import", crate::support::publication::ADDRESS, &id])
        .success();
    for one in &both {
        rewrite(one, &stand_in, "p", &tables(&["b"]));
    }
    for run in at_once() {
        run.success();
    }
    assert_eq!(members(&stand_in, "p"), ["public.b"]);
}

#[apply(on_both_sides_of_16)]
fn publication_table_that_joins_while_somebody_writes_to_it_is_not_lost_to_a_stream(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(&stand_in, "CREATE TABLE public.a (id int PRIMARY KEY)");
    let workspace = workspace(&stand_in, "p", "tables = { \"public.orders\" = {} }");
    workspace.apply().success();
    let mut stream = stream(&stand_in, "p");
    insert(&stand_in, "first");
    let next = stand_in
        .block_on(stream.next_insert())
        .expect("the stream goes on");
    assert_eq!(next.last().map(String::as_str), Some("first"));
    let cluster = stand_in.cluster();
    let writer = stand_in
        .block_on(stand_in.session(cluster, &cluster.master_username, &cluster.master_password))
        .expect("the master user may log in");
    let run = |text| {
        stand_in
            .block_on(writer.batch_execute(text))
            .expect("the writer goes on")
    };
    run("BEGIN; INSERT INTO public.a VALUES (1)");
    let tables = "tables = { \"public.orders\" = {}, \"public.a\" = {} }";
    rewrite(&workspace, &stand_in, "p", tables);
    thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("an apply that is done or waits for the writer", || {
            let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'public.a'::regclass";
            apply.is_finished() || stand_in.sql_value(waits).as_deref() == Some("1")
        });
        run("INSERT INTO public.a VALUES (2); COMMIT");
        apply.join().expect("no panic").success();
    });
    as_master(&stand_in, "INSERT INTO public.a VALUES (3)");
    // Whether what was written before it joined is sent depends on the server; what comes later must be.
    let last = async {
        loop {
            let row = stream.next_insert().await.expect("the stream goes on");
            if row.last().map(String::as_str) == Some("3") {
                return;
            }
        }
    };
    stand_in
        .block_on(async { tokio::time::timeout(Duration::from_secs(20), last).await })
        .expect("the row is sent");
}

#[apply(on_both_sides_of_16)]
fn publication_made_after_a_slot_cannot_be_streamed_from_it_and_the_plan_says_so(major: u16) {
    let stand_in = StandIn::start(major);
    let slot = "SELECT pg_create_logical_replication_slot('early', 'pgoutput')";
    stand_in.sql(slot);
    insert(&stand_in, "before");
    let workspace = workspace(&stand_in, "p", "tables = { \"public.orders\" = {} }");
    workspace
        .plan()
        .changes()
        .says("Slots Before The Publication")
        .says("\"early\"");
    workspace.apply().success();
    insert(&stand_in, "after");
    // What is not in the files yet is not read.
    stand_in.sql("CHECKPOINT");
    let changes = "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('early', NULL, NULL, \
         'proto_version', '1', 'publication_names', 'p') WHERE get_byte(data, 0) = ascii('I')";
    let url = &stand_in.cluster().superuser_url;
    let read = stand_in.block_on(rds_emulator::client::sql(url, changes));
    match major {
        18.. => {
            let rows = read.expect("it is read");
            assert_eq!(
                rows[0][0].as_deref(),
                Some("1"),
                "the row before is not sent"
            );
        }
        _ => {
            let error = read.expect_err("it is stuck");
            let said = error.as_db_error().expect("the server says so").message();
            assert_eq!(said, "publication \"p\" does not exist");
        }
    }
}
