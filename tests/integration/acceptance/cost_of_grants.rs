//! What it costs to read and give rights, in round trips, connections and bytes.

use std::time::Instant;

use crate::support::{
    Kind, StandIn, Workspace, from_16,
    grant::{reads, resource},
    publication::as_master,
};

#[test]
fn cost_of_refreshing_a_whole_publisher_is_one_round_trip() {
    let stand_in = StandIn::start(from_16());
    let (publications, tables, slots, grants) = (50, 20, 50, 10);
    stand_in.sql(&format!("ALTER SYSTEM SET max_replication_slots = {slots}"));
    stand_in.reboot(Kind::Cluster);
    stand_in.sql(&format!(
        "SET ROLE master; DO $$ BEGIN FOR number IN 0..{} LOOP \
         EXECUTE format('CREATE TABLE public.t_%s (id int PRIMARY KEY)', number); END LOOP; \
         FOR number IN 0..{} LOOP EXECUTE format('CREATE ROLE reader_%s', number); END LOOP; END $$",
        publications * tables - 1,
        grants - 1
    ));
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_publication\" \"this\" {{\n  count  = {publications}\n  name   = \"p_${{count.index}}\"\n  \
         tables = {{ for i in range({tables}) : \"public.t_${{count.index * {tables} + i}}\" => {{}} }}\n}}\n\
         resource \"rdsiam_replication_slot\" \"this\" {{\n  count        = {slots}\n  name         = \"s_${{count.index}}\"\n  \
         publications = rdsiam_publication.this[*].name\n}}\n\
         resource \"rdsiam_publication_grant\" \"this\" {{\n  count        = {grants}\n  \
         role         = \"reader_${{count.index}}\"\n  publications = rdsiam_publication.this[*].name\n}}\n",
        stand_in.provider()
    ));
    workspace.apply().success();

    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.plan().empty();
    let took = start.elapsed();
    // A reading lives ten seconds, and is one message, of nine statements.
    let readings = 1 + took.as_secs() / 10;
    let after = stand_in.traffic();
    let messages = after.statements - before.statements;
    assert!(
        (1..=readings).contains(&messages),
        "{messages} messages in {took:?}"
    );
    let connections = after.all_connections() - before.all_connections();
    assert!(
        (1..=readings).contains(&connections),
        "{connections} connections in {took:?}"
    );
    let bytes = after.answered_bytes - before.answered_bytes;
    eprintln!("{bytes} bytes in {took:?}");
    assert!(bytes < readings * 1_000_000, "{bytes} bytes in {took:?}");
}

/// `PUBLICATION_TABLES` says of how many tables, such as 10,000.
#[test]
fn cost_of_granting_tables_is_two_round_trips_and_two_for_each_thousand() {
    let tables: u64 = std::env::var("PUBLICATION_TABLES")
        .map_or(1_200, |tables| tables.parse().expect("a number of tables"));
    let stand_in = StandIn::start(from_16());
    stand_in.sql("CREATE ROLE reader");
    as_master(&stand_in, "CREATE SCHEMA s");
    // A transaction has no room for the locks of all of them.
    for first in (1..=tables).step_by(1000) {
        let last = tables.min(first + 999);
        as_master(
            &stand_in,
            &format!(
                "DO $$ BEGIN FOR number IN {first}..{last} LOOP \
                 EXECUTE format('CREATE TABLE s.t_%s (id int PRIMARY KEY)', number); END LOOP; END $$"
            ),
        );
    }
    stand_in.sql("CREATE PUBLICATION p FOR TABLES IN SCHEMA s");
    let workspace = Workspace::new(&stand_in);
    workspace.write(&(stand_in.provider() + &resource("reader", &["p"], "")));
    workspace.run(&["plan", "-out=plan.bin"]).success();
    let before = stand_in.traffic();
    let start = Instant::now();
    workspace.run(&["apply", "plan.bin"]).success();
    eprintln!("{tables} tables are granted in {:?}", start.elapsed());
    let after = stand_in.traffic();
    assert!(reads(&stand_in, "reader", &format!("s.t_{tables}")));
    let connections = after.all_connections() - before.all_connections();
    // Terraform plans it once more as it applies it, which looks at the publications and their tables.
    let round_trips = after.round_trips - before.round_trips;
    let least = 1 + 2 * tables.div_ceil(1000);
    let allowed = least + 1 + 1 + 2 * connections;
    assert!(
        (least..=allowed).contains(&round_trips),
        "{round_trips} round trips"
    );
    let start = Instant::now();
    workspace.plan().empty();
    eprintln!("and refreshed in {:?}", start.elapsed());
    workspace.destroy().success();
}
