//! `rdsiam_replication_slot` whose creation waits for transactions of others: bounded, and no orphan is left.

use rstest_reuse::apply;

use crate::support::{
    StandIn, any_major, eventually, from_16, on_both_sides_of_16,
    process::{providers_of, send},
    slot::{ADDRESS, is_being_created, is_there, workspace},
};

/// A transaction of the master user that has written; it ends with this.
struct Writer(tokio_postgres::Client);

impl Writer {
    fn begin(stand_in: &StandIn) -> Self {
        let cluster = stand_in.cluster();
        let client = stand_in
            .block_on(stand_in.session(cluster, &cluster.master_username, &cluster.master_password))
            .expect("the master user may log in");
        stand_in
            .block_on(client.batch_execute("BEGIN; CREATE TABLE public.written (id int)"))
            .expect("the writer goes on");
        Self(client)
    }

    fn commit(self, stand_in: &StandIn) {
        stand_in
            .block_on(self.0.batch_execute("COMMIT"))
            .expect("the writer goes on");
    }
}

#[apply(on_both_sides_of_16)]
fn slot_waits_for_writers_and_says_for_whom_when_its_time_is_up(major: u16) {
    let stand_in = StandIn::start(major);
    let writer = Writer::begin(&stand_in);
    let limit = "timeouts {\n    create = \"3s\"\n  }";
    let workspace = workspace(&stand_in, "s", limit);
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
fn slot_is_created_once_the_writers_are_done() {
    let stand_in = StandIn::start(any_major());
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        eventually("the wait", || is_being_created(&stand_in, "s"));
        writer.commit(&stand_in);
        apply.join().expect("no panic").success();
    });
    workspace.plan().empty();
}

#[cfg(unix)]
#[test]
fn slot_of_a_provider_that_is_killed_in_its_wait_from_16_is_left_to_nobody() {
    let stand_in = StandIn::start(from_16());
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the wait", || is_being_created(&stand_in, "s"));
    for provider in providers_of(cli.id()) {
        send("KILL", provider);
    }
    let output = cli.wait_with_output().expect("the CLI ends");
    assert!(!output.status.success());
    // The writer is still at work: the server itself has given up.
    eventually("the end of the wait", || !is_there(&stand_in, "s"));
    writer.commit(&stand_in);
    assert!(!is_there(&stand_in, "s"));
    workspace.apply().success();
    workspace.plan().empty();
}

#[test]
fn slot_whose_wait_is_interrupted_is_left_to_nobody() {
    let stand_in = StandIn::start(any_major());
    let writer = Writer::begin(&stand_in);
    let workspace = workspace(&stand_in, "s", "");
    let cli = workspace
        .command(&["apply", "-auto-approve"])
        .spawn()
        .expect("the CLI starts");
    eventually("the wait", || is_being_created(&stand_in, "s"));
    send("INT", cli.id());
    let output = cli.wait_with_output().expect("the CLI ends");
    assert!(!output.status.success());
    assert!(!is_there(&stand_in, "s"));
    writer.commit(&stand_in);
    assert!(!is_there(&stand_in, "s"));
}
