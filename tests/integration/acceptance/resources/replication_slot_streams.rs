//! What a consumer of pgoutput gets from a slot: what becomes of it without the rules, by plain SQL, and that it does not
//! with `rdsiam_replication_slot`.

use rds_emulator::client::{Connection, Error};
use rstest_reuse::apply;

use crate::support::{
    StandIn, Workspace, eventually, on_both_sides_of_16,
    publication::{self, as_master},
    slot::{self, ADDRESS, is_there, lose_slots, resource},
};

/// A stream that goes on from a position which its consumer has stored.
fn stream(
    stand_in: &StandIn,
    slot: &str,
    publication: &str,
    position: &str,
) -> Result<Connection, Error> {
    let cluster = stand_in.cluster();
    let ca_file = &stand_in.connection().ca_file;
    let (user, password) = (&cluster.replication_username, &cluster.replication_password);
    stand_in.block_on(async {
        let mut connection = Connection::open(cluster, ca_file, user, password).await?;
        connection
            .resume_replication(slot, publication, position)
            .await?;
        Ok(connection)
    })
}

/// The item of the next row that a stream brings.
fn next(stand_in: &StandIn, stream: &mut Connection) -> Result<String, Error> {
    let mut row = stand_in.block_on(stream.next_insert())?;
    Ok(row.pop().expect("a row has columns"))
}

fn insert(stand_in: &StandIn, item: &str) {
    as_master(
        stand_in,
        &format!("INSERT INTO public.orders (item) VALUES ('{item}')"),
    );
}

/// Reads a row from a slot, stores where the server is then, and leaves.
fn read_and_leave(stand_in: &StandIn, slot: &str, item: &str) -> String {
    let publication = &stand_in.cluster().publication;
    let mut consumer = stream(stand_in, slot, publication, "0/0").expect("the stream starts");
    insert(stand_in, item);
    assert_eq!(next(stand_in, &mut consumer).expect("a row"), item);
    let position = stand_in.sql_value("SELECT pg_current_wal_lsn()");
    stand_in.block_on(consumer.close()).expect("it can leave");
    eventually("the end of the stream", || {
        let active = "SELECT count(*) FROM pg_replication_slots WHERE active";
        stand_in.sql_value(active).as_deref() == Some("0")
    });
    position.expect("a position")
}

#[track_caller]
fn assert_refused(outcome: Result<impl Sized, Error>, said: &str) {
    match outcome {
        Err(Error::Server { message, .. }) => assert!(message.contains(said), "{message}"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is not refused: {said}"),
    }
}

#[apply(on_both_sides_of_16)]
fn slot_before_its_publication_fails_or_skips_its_consumer_and_ours_comes_after_it(major: u16) {
    let stand_in = StandIn::start(major);
    let publish = "CREATE PUBLICATION late FOR TABLE public.orders";
    stand_in.sql("SELECT pg_create_logical_replication_slot('early', 'pgoutput')");
    insert(&stand_in, "between");
    as_master(&stand_in, publish);
    insert(&stand_in, "after");
    for _ in 0..2 {
        let mut early = stream(&stand_in, "early", "late", "0/0").expect("the stream starts");
        match major {
            18.. => assert_eq!(next(&stand_in, &mut early).expect("a row"), "after"),
            // Again and again.
            _ => assert_refused(
                next(&stand_in, &mut early),
                "publication \"late\" does not exist",
            ),
        }
    }
    as_master(&stand_in, "DROP PUBLICATION late");

    let workspace = slot::workspace(&stand_in, "ours", "publications = [\"late\"]");
    workspace.apply().failure().says("has no publication");
    assert!(!is_there(&stand_in, "ours"));
    let publication = publication::resource("late", "tables = { \"public.orders\" = {} }");
    let reference = resource("ours", "publications = [rdsiam_publication.this.name]");
    workspace.write(&(stand_in.provider() + &publication));
    workspace.apply().success();
    insert(&stand_in, "before the slot");
    workspace.write(&(stand_in.provider() + &publication + &reference));
    workspace.apply().success();
    insert(&stand_in, "after");
    let mut ours = stream(&stand_in, "ours", "late", "0/0").expect("the stream starts");
    assert_eq!(next(&stand_in, &mut ours).expect("a row"), "after");
}

#[apply(on_both_sides_of_16)]
fn slot_made_again_loses_a_row_without_an_error_and_ours_is_not_made_again(major: u16) {
    let stand_in = StandIn::start(major);
    let publication = &stand_in.cluster().publication;
    let create = "SELECT pg_create_logical_replication_slot('theirs', 'pgoutput')";
    stand_in.sql(create);
    let position = read_and_leave(&stand_in, "theirs", "one");
    lose_slots(&stand_in);
    insert(&stand_in, "never seen");
    stand_in.sql(create);
    insert(&stand_in, "two");
    let mut theirs = stream(&stand_in, "theirs", publication, &position).expect("no error");
    assert_eq!(next(&stand_in, &mut theirs).expect("no error"), "two");
    drop(theirs);

    let workspace: Workspace = slot::workspace(
        &stand_in,
        "ours",
        &format!("publications = [{publication:?}]"),
    );
    workspace.apply().success();
    let position = read_and_leave(&stand_in, "ours", "one");
    lose_slots(&stand_in);
    insert(&stand_in, "not in any slot");
    workspace.plan().changes().says("\"missing\" -> \"usable\"");
    for more in [&[][..], &["-refresh=false"]] {
        let apply = [&["apply", "-auto-approve"], more].concat();
        let refused = workspace.run(&apply).failure();
        refused.says("was not made again");
    }
    assert_eq!(
        workspace.state(ADDRESS).expect("a state")["status"],
        "missing"
    );
    // So its consumer hears of it.
    assert_refused(
        stream(&stand_in, "ours", publication, &position),
        "replication slot \"ours\" does not exist",
    );
}
