//! Two states and one role: every outcome that is reported is what a look one second later shows.
//!
//! Two runs at once have a serial order, and what is there afterwards is what that order leaves: all of
//! the grants or none, never half of them. The runs are those of the provider's process without a CLI, so
//! that many rounds are cheap; a few go through the CLI.
#![cfg(unix)]

use std::{collections::BTreeSet, thread, time::Duration};

use rstest_reuse::apply;
use serde_json::json;

use crate::{
    grpc::plugin::{Object, Provider, USER},
    support::{
        StandIn, Workspace, from_16, on_both_sides_of_16,
        user::{ADDRESS, resource},
    },
};

/// As many as the promise names.
const ROUNDS: u32 = 30;
/// Where a probation may last to its end.
const ROUNDS_THAT_ARE_TAKEN_BACK: u32 = 1;
/// Rounds that run side by side.
const LANES: u32 = 5;
/// Through the CLI.
const ROUNDS_OF_THE_CLI: u32 = 3;

/// What is there of a role.
#[derive(Debug, PartialEq, Eq)]
struct There {
    role: bool,
    groups: BTreeSet<String>,
}

impl There {
    /// The role with all of its grants.
    fn granted() -> Self {
        let groups = ["rds_iam", "rds_replication"].map(str::to_owned);
        Self {
            role: true,
            groups: groups.into(),
        }
    }

    /// The role without any.
    fn bare() -> Self {
        Self {
            role: true,
            groups: BTreeSet::new(),
        }
    }

    /// Nothing.
    fn nothing() -> Self {
        Self {
            role: false,
            groups: BTreeSet::new(),
        }
    }

    /// What a look shows a second after everybody has reported.
    fn a_second_later(stand_in: &StandIn, role: &str) -> Self {
        thread::sleep(Duration::from_secs(1));
        Self::now(stand_in, role)
    }

    fn now(stand_in: &StandIn, role: &str) -> Self {
        let count = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'");
        let groups = stand_in.memberships(role).into_iter();
        Self {
            role: stand_in.sql_value(&count).as_deref() == Some("1"),
            groups: groups.filter(|group| group.starts_with("rds_")).collect(),
        }
    }
}

/// A provider that reaches the server by a database of its own.
async fn provider(stand_in: &StandIn, database: &str) -> Provider {
    let identifier = &stand_in.cluster().identifier;
    let postgres = json!({"cluster_identifier": identifier, "database": database});
    Provider::configured_with(stand_in, postgres).await
}

/// A server with a second database, which may count creators.
fn server(major: u16, counts: bool) -> StandIn {
    let stand_in = match counts {
        true => StandIn::start(major),
        false => StandIn::not_counting_creators(major),
    };
    stand_in.sql("CREATE DATABASE other");
    stand_in
}

/// So many rounds, some of them side by side, since each ends with a second of waiting.
fn in_lanes(rounds: u32, round: impl Fn(u32) + Sync) {
    let round = &round;
    thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || (lane..rounds).step_by(LANES as usize).for_each(round));
        }
    });
}

/// How much later one of two runs begins, so that they meet at different points.
async fn stagger(later: u32) {
    tokio::time::sleep(Duration::from_millis(u64::from(later) * 4)).await;
}

/// One state creates what another state destroys, again and again.
///
/// Before: the role is granted, and the first state has it. Both orders are possible. The apply first: it
/// finds what is there, and the destroy takes it away. The destroy first: the apply grants it anew. So all
/// or nothing is there; nothing only if the destroy succeeded, all only if the apply did, or the destroy
/// failed.
fn apply_against_destroy(major: u16, databases: [&str; 2], isolation: &str) {
    let stand_in = server(major, false);
    stand_in.sql(&format!(
        "ALTER ROLE master SET default_transaction_isolation = '{isolation}'"
    ));
    in_lanes(ROUNDS, |round| {
        let role = format!("app_{round}");
        stand_in.sql(&format!("CREATE ROLE {role} LOGIN"));
        let config = json!({"name": role});
        let (destroyed, applied) = stand_in.block_on(async {
            let (mut one, mut two) = (
                provider(&stand_in, databases[0]).await,
                provider(&stand_in, databases[1]).await,
            );
            let made = one.create(USER, &config).await;
            let first: Object = made.unwrap_or_else(|error| panic!("{role}: {error}"));
            let destroy = async {
                stagger(round % 10).await;
                one.destroy(USER, first).await
            };
            // It has yet to connect, and comes first in some rounds and last in others.
            tokio::join!(destroy, two.create(USER, &config))
        });
        let applied = applied.map(|_| ());
        let there = There::a_second_later(&stand_in, &role);
        let told = format!("{role}: destroy {destroyed:?}, apply {applied:?}");
        match (&destroyed, &applied) {
            (Ok(()), Ok(())) => assert!(
                there == There::granted() || there == There::bare(),
                "{told}: {there:?}"
            ),
            (Ok(()), Err(_)) => assert_eq!(there, There::bare(), "{told}"),
            (Err(_), _) => assert_eq!(there, There::granted(), "{told}"),
        }
    });
}

#[apply(on_both_sides_of_16)]
fn apply_and_destroy_of_one_user_in_two_states_leave_all_or_nothing(major: u16) {
    apply_against_destroy(major, ["postgres", "postgres"], "read committed");
}

#[test]
fn apply_and_destroy_of_one_user_from_two_databases_from_16_leave_all_or_nothing() {
    apply_against_destroy(from_16(), ["postgres", "other"], "repeatable read");
}

/// Two states create one role. Who succeeded has it: one at most, since nobody adopts a role in silence.
fn both_create(major: u16, counts: bool, databases: [&str; 2], rounds: u32) {
    let stand_in = server(major, counts);
    let round = |round: u32| {
        let role = format!("fresh_{round}");
        let config = json!({"name": role, "create_role": true});
        let outcomes: [Result<(), String>; 2] = stand_in.block_on(async {
            let (mut one, mut two) = (
                provider(&stand_in, databases[0]).await,
                provider(&stand_in, databases[1]).await,
            );
            let second = async {
                stagger(round % 5).await;
                two.create(USER, &config).await
            };
            let (one, two) = tokio::join!(one.create(USER, &config), second);
            [one.map(|_| ()), two.map(|_| ())]
        });
        let told = format!("round {round}: {outcomes:?}");
        let succeeded = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let there = There::a_second_later(&stand_in, &role);
        match (succeeded, counts) {
            (0, true) => assert_eq!(there, There::nothing(), "{told}"),
            (1, false) => assert_eq!(there, There::granted(), "{told}"),
            _ => panic!("{told}: {there:?}"),
        }
        let cluster = stand_in.cluster();
        let logged_in =
            stand_in.log_in(cluster, &cluster.master_username, &cluster.master_password);
        assert_eq!(logged_in, Ok(()), "{told}");
    };
    if counts {
        // Where one is on probation, the others would have to wait for its end.
        (0..rounds).for_each(round);
    } else {
        in_lanes(rounds, round);
    }
}

#[test]
fn two_states_that_create_one_role_from_16_where_creators_do_not_count_are_one_success() {
    both_create(from_16(), false, ["postgres", "postgres"], ROUNDS);
}

#[test]
fn two_states_that_create_one_role_from_two_databases_from_16_are_one_success() {
    both_create(from_16(), false, ["postgres", "other"], ROUNDS);
}

#[test]
fn two_states_that_create_one_role_from_16_where_creators_count_are_no_success() {
    let rounds = std::env::var("LOCKOUT_ROUNDS").ok();
    let rounds = rounds.and_then(|text| text.parse().ok());
    let rounds = rounds.unwrap_or(ROUNDS_THAT_ARE_TAKEN_BACK);
    both_create(from_16(), true, ["postgres", "postgres"], rounds);
}

#[test]
fn two_states_that_create_one_role_from_16_through_the_cli_say_what_is_there() {
    let stand_in = StandIn::not_counting_creators(from_16());
    for round in 0..ROUNDS_OF_THE_CLI {
        let role = format!("fresh_{round}");
        let workspaces = [(); 2].map(|()| {
            let workspace = Workspace::new(&stand_in);
            workspace.write(&(stand_in.provider() + &resource(&role, "create_role = true")));
            workspace
        });
        let runs = thread::scope(|scope| {
            let runs = workspaces
                .each_ref()
                .map(|workspace| scope.spawn(|| workspace.apply()));
            runs.map(|run| run.join().expect("the CLI ends"))
        });
        let there = There::a_second_later(&stand_in, &role);
        let told = runs.each_ref().map(|run| run.text()).join("\n");
        let succeeded = runs.iter().filter(|run| run.code() == 0).count();
        assert_eq!(succeeded, 1, "round {round}: {told}");
        assert_eq!(there, There::granted(), "round {round}: {told}");
        for (workspace, run) in std::iter::zip(&workspaces, &runs) {
            assert_eq!(
                workspace.state(ADDRESS).is_some(),
                run.code() == 0,
                "{told}"
            );
        }
    }
}
