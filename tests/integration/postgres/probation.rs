//! The commit that the server takes back by itself.

use std::time::{Duration, Instant};

use terraform_provider_rdsiam::{
    postgres::{
        AuthRequest, ConnectionKind, Error, Server,
        refusal::{Grant, Refusal},
        replication_user::{self, Desired, Outcome},
        snapshot::Snapshot,
    },
    scope::Scope,
};
use tokio_util::sync::CancellationToken;

use super::{connector, connector_with_connections, desired, scope};
use crate::support::{StandIn, eventually, from_16, relay::silence_after};

/// Longer than the server waits before it takes a grant back.
const OVER: Duration = Duration::from_secs(40);

fn fresh(name: &str) -> Desired {
    Desired {
        create_role: true,
        ..desired(name)
    }
}

fn apply(stand_in: &StandIn, connector: &Server, name: &str) -> Result<(Outcome, Snapshot), Error> {
    stand_in.block_on(async { replication_user::apply(connector, &scope(), &fresh(name)).await })
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => *refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

fn exists(stand_in: &StandIn, role: &str) -> bool {
    let count = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'");
    stand_in.sql_value(&count).as_deref() == Some("1")
}

#[track_caller]
fn assert_master_is_fine(stand_in: &StandIn, connector: &Server) {
    let requested = stand_in.block_on(connector.probe(&scope(), "master", ConnectionKind::Normal));
    assert_eq!(
        requested.expect("the server answers"),
        AuthRequest::Password
    );
}

#[test]
fn probation_that_is_passed_keeps_the_grants_and_costs_one_proof_for_all_of_a_kind() {
    let stand_in = StandIn::not_counting_creators(from_16());
    let connector = connector(&stand_in);
    let began = Instant::now();
    let cost = |name: &str| {
        let before = stand_in.traffic();
        let since = Instant::now();
        let (outcome, catalog) = apply(&stand_in, &connector, name).expect("nobody is locked out");
        assert!(since.elapsed() < Duration::from_secs(10));
        assert!(outcome.created);
        assert_eq!(catalog.oid(name), Some(outcome.oid));
        let after = stand_in.traffic();
        (
            after.round_trips - before.round_trips,
            after.all_unauthenticated() - before.all_unauthenticated(),
        )
    };
    // The fifth waits for the end of the commit.
    assert_eq!(cost("first"), (5, 3));
    let (round_trips, probes) = cost("second");
    assert_eq!(probes, 0);
    // A session that was silent for a second is asked first whether it is there.
    let asks = u64::from(began.elapsed() >= Duration::from_secs(1));
    assert!((3..=3 + asks).contains(&round_trips), "{round_trips}");
    assert_eq!(
        stand_in.memberships("first"),
        ["rds_iam", "rds_replication"]
    );
    assert_eq!(
        stand_in.memberships("second"),
        ["rds_iam", "rds_replication"]
    );
    assert_master_is_fine(&stand_in, &connector);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(stand_in.sql_value(locks).as_deref(), Some("0"));
}

#[test]
fn probation_that_fails_is_ended_at_once_by_a_second_session_and_known_for_the_next_user() {
    let stand_in = StandIn::start(from_16());
    let connector = connector(&stand_in);
    let since = Instant::now();
    for (name, grant) in [("first", Grant::TakenBack), ("second", Grant::NotMade)] {
        let error = apply(&stand_in, &connector, name).expect_err("this server counts creators");
        let Refusal::LockedOut {
            logins,
            grant: became,
        } = refusal(error)
        else {
            panic!("another refusal");
        };
        assert_eq!(logins[0].login, "master");
        assert_eq!(became, grant);
        assert!(!exists(&stand_in, name));
    }
    assert!(since.elapsed() < Duration::from_secs(10));
    assert_master_is_fine(&stand_in, &connector);
}

#[test]
fn probation_that_fails_is_ended_by_the_server_where_there_is_but_one_session() {
    let stand_in = StandIn::start(from_16());
    let connector = connector_with_connections(&stand_in, 1);
    let since = Instant::now();
    let error = apply(&stand_in, &connector, "fresh").expect_err("this server counts creators");
    assert!(since.elapsed() > Duration::from_secs(25));
    assert!(matches!(
        refusal(error),
        Refusal::LockedOut {
            grant: Grant::TakenBack,
            ..
        }
    ));
    assert!(!exists(&stand_in, "fresh"));
    assert_master_is_fine(&stand_in, &connector);
}

#[test]
fn probation_of_a_run_that_is_interrupted_needs_nobody_to_end_it() {
    let stand_in = StandIn::start(from_16());
    // One session, and the look at the master user; the proof gets no answer.
    let relay = stand_in.relay();
    relay.add(silence_after(2));
    let connector = super::connector_through(&stand_in, relay.port(), 1);
    let interrupt = CancellationToken::new();
    let limits = Scope::new(&interrupt, Duration::from_secs(300));
    let error = stand_in.block_on(async {
        let wanted = fresh("fresh");
        let applied = replication_user::apply(&connector, &limits, &wanted);
        let interrupted = async {
            while relay.accepted() < 3 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            interrupt.cancel();
            std::future::pending().await
        };
        tokio::select! {
            applied = applied => applied.expect_err("it is interrupted"),
            () = interrupted => unreachable!(),
        }
    });
    let Refusal::Unproven {
        grant: Grant::TakenBackSoon(seconds),
        ..
    } = refusal(error)
    else {
        panic!("another refusal");
    };
    assert!((1..=OVER.as_secs()).contains(&seconds), "{seconds}");
    assert!(exists(&stand_in, "fresh"));
    drop(connector);
    eventually_within(OVER, || !exists(&stand_in, "fresh"));
}

/// Creates a role whose proof gets no answer, and runs something as the superuser once it is on probation.
fn disturbed(stand_in: &StandIn, disturbance: &str) -> Refusal {
    // One session, and the look at the master user.
    let relay = stand_in.relay();
    relay.add(silence_after(2));
    let connector = super::connector_through(stand_in, relay.port(), 1);
    let url = stand_in.cluster().superuser_url.clone();
    let error = stand_in.block_on(async {
        let (wanted, limits) = (fresh("fresh"), scope());
        let applied = replication_user::apply(&connector, &limits, &wanted);
        let disturbed = async {
            let (administrator, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                .await
                .expect("the superuser can connect");
            tokio::spawn(connection);
            let sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
            while administrator
                .query(sleeping, &[])
                .await
                .expect("it may")
                .is_empty()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            administrator
                .batch_execute(disturbance)
                .await
                .expect("it may");
        };
        let (applied, ()) = tokio::join!(applied, disturbed);
        applied.expect_err("nothing was proven")
    });
    refusal(error)
}

#[test]
fn probation_of_a_role_that_somebody_renames_is_ended_by_the_object_id() {
    let stand_in = StandIn::start(from_16());
    disturbed(&stand_in, "ALTER ROLE fresh RENAME TO renamed");
    assert!(!exists(&stand_in, "fresh"));
    assert!(!exists(&stand_in, "renamed"));
    assert_master_is_fine(&stand_in, &connector(&stand_in));
}

#[test]
fn probation_of_a_role_that_somebody_makes_anew_leaves_that_one_alone() {
    let stand_in = StandIn::start(from_16());
    let theirs = "DROP ROLE fresh; CREATE ROLE fresh LOGIN; GRANT rds_replication TO fresh; GRANT fresh TO master WITH ADMIN OPTION";
    disturbed(&stand_in, theirs);
    assert!(exists(&stand_in, "fresh"));
    assert_eq!(stand_in.memberships("fresh"), ["rds_replication"]);
}

#[test]
fn probation_that_an_administrator_cancels_is_ended_by_its_own_session() {
    let stand_in = StandIn::start(from_16());
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let refused = disturbed(&stand_in, cancel);
    assert!(matches!(
        refused,
        Refusal::Unproven {
            grant: Grant::TakenBack,
            ..
        }
    ));
    assert!(!exists(&stand_in, "fresh"));
}

#[test]
fn probation_of_a_session_that_may_not_run_plpgsql_any_more_is_ended_by_the_name() {
    let stand_in = StandIn::start(from_16());
    let refused = disturbed(&stand_in, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC");
    assert!(
        matches!(
            refused,
            Refusal::Unproven {
                grant: Grant::TakenBack,
                ..
            }
        ),
        "{refused:?}"
    );
    assert!(!exists(&stand_in, "fresh"));
    assert_master_is_fine(&stand_in, &connector(&stand_in));
}

/// Waits for a fact for so long.
fn eventually_within(limit: Duration, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < limit, "not within {limit:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn probation_of_another_run_in_another_database_is_waited_for() {
    let stand_in = StandIn::start(from_16());
    stand_in.sql("SET ROLE master; CREATE ROLE app LOGIN");
    // One session each: nothing but the server ends the probation of the first.
    let first = connector_with_connections(&stand_in, 1);
    let second = super::connector_to(&stand_in, "postgres");
    stand_in.block_on(async {
        let wanted = desired("app");
        let limits = scope();
        let on_probation = replication_user::apply(&first, &limits, &wanted);
        let adopting = async {
            let granted = async || {
                let snapshot = second.snapshot_now(&limits).await.expect("it can be read");
                !snapshot.direct("app", "rds_iam").is_empty()
            };
            while !granted().await {}
            replication_user::apply(&second, &scope(), &wanted).await
        };
        let (first, second) = tokio::join!(on_probation, adopting);
        assert!(matches!(
            refusal(first.expect_err("this server counts creators")),
            Refusal::LockedOut {
                grant: Grant::TakenBack,
                ..
            }
        ));
        second.expect_err("what the first one takes back is not adopted");
    });
    assert_eq!(stand_in.memberships("app"), [""; 0]);
    eventually("the end of the second", || {
        stand_in.memberships("app").is_empty()
    });
}
