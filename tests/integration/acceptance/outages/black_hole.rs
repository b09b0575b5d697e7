//! Networks that swallow everything from a phase of a connection on, and tell nobody.

use std::{
    thread,
    time::{Duration, Instant},
};

use rds_emulator::relay::{Cut, Fault, Phase, Relay};

use super::{provider_through, workspace};
use crate::support::{
    StandIn, Workspace, any_major, cli::Run, eventually, process::Started, user::resource, within,
};

/// The phases of an attempt to connect.
const CONNECTING: [Phase; 5] = [
    Phase::Accepted,
    Phase::SslRequest,
    Phase::TlsHandshake,
    Phase::StartUp,
    Phase::Authentication,
];
/// How long an operation may take, in seconds.
const LIMIT: u64 = 4;
/// What the CLI and a busy machine add to that.
const SLACK: Duration = Duration::from_secs(20);

/// Tries each phase at once, with a network and a role of its own.
fn at_each(phases: &[Phase], stand_in: &StandIn, attack: impl Fn(Phase, Relay, &str) + Sync) {
    let attack = &attack;
    thread::scope(|scope| {
        for (number, phase) in phases.iter().enumerate() {
            let relay = stand_in.relay();
            scope.spawn(move || attack(*phase, relay, &format!("app_{number}")));
        }
    });
}

/// A role that is created through a relay, within the limit.
fn limited(stand_in: &StandIn, relay: &Relay, role: &str) -> Workspace {
    let provider = provider_through(stand_in, relay, "connect_timeout = 1");
    let timeouts = format!("create_role = true\n  timeouts {{\n    create = \"{LIMIT}s\"\n  }}");
    workspace(stand_in, &provider, &resource(role, &timeouts))
}

/// Applies a role over a network that swallows everything from a phase on, for as long as that may take.
fn apply_into_black_hole(stand_in: &StandIn, relay: &Relay, phase: Phase, role: &str) -> Run {
    relay.add(Fault::at(phase, Cut::BlackHole));
    let workspace = limited(stand_in, relay, role);
    let since = Instant::now();
    let run = workspace.run(&["apply", "-auto-approve", "-refresh=false"]);
    let took = since.elapsed();
    assert!(
        took < Duration::from_secs(LIMIT) + SLACK,
        "{phase:?}: {took:?}"
    );
    run
}

fn exists(stand_in: &StandIn, role: &str) -> bool {
    let count = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'");
    stand_in.sql_value(&count).as_deref() == Some("1")
}

#[test]
fn attempt_to_connect_that_is_swallowed_at_any_phase_is_made_again_after_connect_timeout() {
    let stand_in = StandIn::not_counting_creators(any_major());
    at_each(&CONNECTING, &stand_in, |phase, relay, role| {
        relay.add(Fault::at(phase, Cut::BlackHole).times(1));
        let provider = provider_through(&stand_in, &relay, "connect_timeout = 1");
        let created = resource(role, "create_role = true");
        let since = Instant::now();
        workspace(&stand_in, &provider, &created).apply().success();
        assert!(
            since.elapsed() < 2 * SLACK,
            "{phase:?}: {:?}",
            since.elapsed()
        );
        assert_eq!(relay.hits(), 1, "{phase:?}");
    });
}

#[test]
fn server_that_answers_at_no_attempt_ends_the_operation_within_its_limit() {
    let stand_in = StandIn::not_counting_creators(any_major());
    at_each(&CONNECTING, &stand_in, |phase, relay, role| {
        apply_into_black_hole(&stand_in, &relay, phase, role)
            .failure()
            .says("no answer within 1 second")
            .says(" times within ")
            .says(&format!("127.0.0.1:{}", relay.port()));
        assert!(relay.hits() > 1, "{phase:?}: {}", relay.hits());
        drop(relay);
        assert!(!exists(&stand_in, role), "{phase:?}");
    });
}

#[test]
fn statement_without_an_answer_ends_the_operation_within_its_limit_and_leaves_nothing() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let phases = [Phase::Query(1), Phase::Query(2)];
    at_each(&phases, &stand_in, |phase, relay, role| {
        apply_into_black_hole(&stand_in, &relay, phase, role)
            .failure()
            .says(&format!("timed out after {LIMIT} seconds"))
            .says(&format!("{role:?}"));
        drop(relay);
        eventually("the end of its sessions", || {
            let sessions = "SELECT count(*) FROM pg_stat_activity \
                            WHERE application_name = 'terraform-provider-rdsiam' AND state <> 'idle'";
            stand_in.sql_value(sessions).as_deref() == Some("0")
        });
        assert!(!exists(&stand_in, role), "{phase:?}");
    });
}

#[test]
fn pooled_connection_that_died_without_a_word_is_not_used_again() {
    let stand_in = StandIn::start(any_major());
    stand_in.sql("CREATE ROLE app_0 LOGIN; CREATE ROLE app_1 LOGIN");
    let relay = stand_in.relay();
    let provider = provider_through(&stand_in, &relay, "max_connections = 1");
    // The wait for the parameter is between the two users, and nobody uses the connection meanwhile.
    let resources = "
resource \"rdsiam_replication_user\" \"first\" {
  name = \"app_0\"
}
resource \"rdsiam_replication_parameter\" \"this\" {
  cluster_identifier = \"orders\"
  depends_on         = [rdsiam_replication_user.first]
}
resource \"rdsiam_replication_user\" \"second\" {
  name       = \"app_1\"
  depends_on = [rdsiam_replication_parameter.this]
}
";
    let workspace = workspace(&stand_in, &provider, resources);
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    within(30, "the parameter", || {
        stand_in.parameter().as_deref() == Some("1")
    });
    relay.cut(Cut::BlackHole);
    let fresh = relay.accepted();
    let since = Instant::now();
    let output = cli.output(60);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(
        since.elapsed() < Duration::from_secs(25),
        "{:?}",
        since.elapsed()
    );
    assert!(relay.accepted() > fresh);
    assert_eq!(
        stand_in.memberships("app_1"),
        ["rds_iam", "rds_replication"]
    );
}
