//! A provider, a network or a gate that breaks at any moment between COMMIT and the saved state.
//!
//! The moments are spread by time from the moment at which the role is in the catalog. Every run tries
//! some of them; `LOCKOUT_ROUNDS=21` all that the promise names.

use std::{process::Output, thread, time::Duration};

use rds_emulator::relay::{Cut, Relay};

use super::{Site, rounds, servers, side_by_side, workspace};
use crate::support::{
    StandIn, Workspace, from_16,
    process::{Started, send, send_if_there},
    user::{ADDRESS, resource},
    within,
};

/// From one moment to the next. Twenty of them are longer than a quiet machine needs from COMMIT to the
/// saved state.
const STEP: Duration = Duration::from_millis(15);
/// What a network takes for one direction: there is more time between COMMIT and the saved state then.
const DELAY: Duration = Duration::from_millis(10);
/// The moments that there are.
const POINTS: u32 = 21;
/// Those that every run of the tests tries: first, middle and last.
const USUALLY: u32 = 3;

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaks {
    /// The provider gets a signal.
    Signal(&'static str),
    /// The connections end, and new ones are taken.
    Network,
    /// The connections end, and no new one is taken.
    Gate,
    /// The bytes go nowhere.
    Silence,
}

const ALL: [Breaks; 6] = [
    Breaks::Signal("KILL"),
    Breaks::Signal("TERM"),
    Breaks::Signal("STOP"),
    Breaks::Network,
    Breaks::Gate,
    Breaks::Silence,
];

/// The moments to try.
fn points() -> Vec<u32> {
    let count = rounds(USUALLY).clamp(2, POINTS);
    (0..count)
        .map(|number| number * (POINTS - 1) / (count - 1))
        .collect()
}

/// Applies a role through a relay, and breaks something so many steps after it is in the catalog; how
/// the CLI ended.
fn apply_broken(
    site: Site<'_>,
    workspace: &Workspace,
    relay: &Relay,
    role: &str,
    breaks: Breaks,
    point: u32,
) -> Output {
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    wait_for_commit(site, role);
    thread::sleep(STEP * point);
    let provider = cli.providers();
    match breaks {
        Breaks::Signal(signal) => provider
            .iter()
            .for_each(|process| send_if_there(signal, *process)),
        Breaks::Network => relay.cut(Cut::Close),
        Breaks::Gate => {
            relay.refuse();
            relay.cut(Cut::Close);
        }
        Breaks::Silence => relay.freeze(),
    }
    // Whatever becomes of the run: the server is on its own now.
    site.assert_way_back();
    if breaks == Breaks::Signal("STOP") {
        provider
            .iter()
            .for_each(|process| send_if_there("CONT", *process));
    }
    relay.thaw();
    cli.output(180)
}

/// Waits in one session, which sees it at once.
fn wait_for_commit(site: Site<'_>, role: &str) {
    site.sql(&format!(
        "DO $$ BEGIN FOR look IN 1..30000 LOOP \
         IF EXISTS (SELECT FROM pg_authid WHERE rolname = '{role}') THEN RETURN; END IF; \
         PERFORM pg_sleep(0.001); END LOOP; RAISE 'the role did not come'; END $$"
    ));
}

/// What is there after a run that broke, and what the next one says about it.
fn assert_next_apply_says_what_to_do(
    site: Site<'_>,
    workspace: &Workspace,
    role: &str,
    output: &Output,
) {
    let told = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let recorded = workspace.state(ADDRESS).is_some();
    if output.status.success() {
        assert!(recorded, "{told}");
    }
    let exists = site.exists(role);
    assert!(exists || !recorded, "a state of what is not there:\n{told}");
    let provider = site.provider("");
    workspace.write(&(provider + &resource(role, "create_role = true")));
    // Nothing has to be taken back from here on.
    site.count_creators(false);
    let next = workspace.apply();
    match (exists, recorded) {
        (true, false) => {
            let id = format!("{}/{role}", site.cluster.identifier);
            next.failure().says("import").says(&id);
        }
        _ => {
            next.success();
            workspace.plan().empty();
        }
    }
    site.assert_way_in();
    site.count_creators(true);
}

/// One thing that breaks, at all its moments, on one server that counts creators or not.
fn break_at_all_points(site: Site<'_>, breaks: Breaks, counts: bool) {
    for point in points() {
        eprintln!("{} {breaks:?} at {point}", site.cluster.identifier);
        site.count_creators(counts);
        let role = format!("fresh_{point}");
        let relay = site.relay();
        relay.delay(DELAY);
        let workspace = workspace(
            site,
            &site.provider_through(relay.port(), "connect_timeout = 5"),
            &resource(&role, "create_role = true"),
        );
        let output = apply_broken(site, &workspace, &relay, &role, breaks, point);
        assert_next_apply_says_what_to_do(site, &workspace, &role, &output);
        // What it made is not for the next round.
        site.sql(&format!("DROP ROLE IF EXISTS {role}"));
    }
}

fn break_all(stand_in: &StandIn, counts: bool) {
    side_by_side(stand_in, ALL, |site, breaks| {
        break_at_all_points(site, breaks, counts);
    });
}

#[test]
fn run_broken_after_commit_from_16_leaves_the_master_user_a_way_back_in() {
    break_all(&servers(from_16(), ALL.len()), true);
}

#[test]
fn run_broken_after_commit_from_16_says_the_import_where_creators_do_not_count() {
    break_all(&servers(from_16(), ALL.len()), false);
}

#[test]
fn run_broken_after_commit_from_16_leaves_a_way_back_in_with_harmful_settings() {
    let stand_in = servers(from_16(), 2);
    let breaks = [Breaks::Signal("KILL"), Breaks::Network];
    side_by_side(&stand_in, breaks, |site, breaks| {
        for setting in super::settings::harmful(from_16()) {
            site.sql(&setting);
        }
        let relay = site.relay();
        let workspace = workspace(
            site,
            &site.provider_through(relay.port(), ""),
            &resource("fresh", "create_role = true"),
        );
        apply_broken(site, &workspace, &relay, "fresh", breaks, 0);
    });
}

#[test]
fn run_killed_before_its_commit_from_16_leaves_nothing() {
    let stand_in = servers(from_16(), 1);
    let site = Site::of(&stand_in);
    // Held back inside its transaction by somebody who has the group.
    let workspace = workspace(
        site,
        &site.provider(""),
        &resource("fresh", "create_role = true"),
    );
    site.sql("CREATE ROLE bystander");
    let holder = stand_in.block_on(async {
        let (holder, connection) =
            tokio_postgres::connect(&site.cluster.superuser_url, tokio_postgres::NoTls)
                .await
                .expect("the superuser can connect");
        tokio::spawn(connection);
        holder
            .batch_execute("BEGIN; GRANT rds_replication TO bystander; GRANT rds_iam TO bystander")
            .await
            .expect("nobody holds them");
        holder
    });
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    within(30, "the wait for the group", || {
        site.value(
            "SELECT count(*) FROM pg_stat_activity \
             WHERE application_name = 'terraform-provider-rdsiam' AND wait_event_type = 'Lock'",
        ) == "1"
    });
    for process in cli.providers() {
        send("KILL", process);
    }
    cli.output(180);
    stand_in.block_on(async {
        holder.batch_execute("ROLLBACK").await.expect("it was open");
    });
    site.assert_way_back();
    assert!(!site.exists("fresh"));
    assert!(workspace.state(ADDRESS).is_none());
}
