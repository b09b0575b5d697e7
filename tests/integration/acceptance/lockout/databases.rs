//! Two runs in two databases of one server: roles are the server's, and what one run commits on probation
//! is nothing that the other may build on, whatever isolation level its login has by default.
//!
//! The runs are those of the provider's process without a CLI, so that many rounds are cheap.

use std::thread;

use serde_json::json;

use super::{Site, rounds, servers, side_by_side};
use crate::{
    grpc::plugin::{Provider, USER},
    support::from_16,
};

const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];
const DATABASES: [&str; 2] = ["shop", "postgres"];
/// Where nothing has to be taken back a round is short.
const ROUNDS_THAT_STAY: u32 = 20;
/// Where it has, a probation may last to its end; `LOCKOUT_ROUNDS=20` tries as many as the promise names.
const ROUNDS_THAT_ARE_TAKEN_BACK: u32 = 1;

/// What a run of one user said.
type Outcome = Result<(), String>;

/// One run that creates a role from one database.
fn run(site: Site<'_>, database: &str, role: &str) -> Outcome {
    site.stand_in.block_on(async {
        let cluster = site.cluster;
        let postgres = json!({"cluster_identifier": cluster.identifier, "database": database});
        let mut provider = Provider::configured_at(site.stand_in, cluster, postgres).await;
        let config = json!({"name": role, "create_role": true});
        provider.create(USER, &config).await.map(|_| ())
    })
}

/// Two runs at once, from two databases; what each said of its role.
fn two_runs(site: Site<'_>, round: u32) -> [(String, Outcome); 2] {
    thread::scope(|scope| {
        let runs = DATABASES.map(|database| {
            let role = format!("{database}_{round}");
            scope.spawn(move || {
                let outcome = run(site, database, &role);
                (role, outcome)
            })
        });
        runs.map(|run| run.join().expect("it reports something"))
    })
}

/// Many rounds at an isolation level.
fn attack(site: Site<'_>, level: &str, counts: bool, rounds: u32) {
    site.count_creators(counts);
    site.sql(&format!(
        "ALTER ROLE master SET default_transaction_isolation = '{level}'"
    ));
    if site.value("SELECT count(*) FROM pg_database WHERE datname = 'shop'") == "0" {
        site.sql("CREATE DATABASE shop");
    }
    for round in 0..rounds {
        let outcomes = two_runs(site, round);
        site.assert_way_in();
        for after in ["at once", "a second later"] {
            for (role, outcome) in &outcomes {
                let there = site.memberships(role);
                let expected: &[&str] = match outcome {
                    Ok(()) => &["rds_iam", "rds_replication"],
                    Err(_) => &[],
                };
                assert_eq!(there, expected, "{level}, {role}, {after}: {outcome:?}");
                assert_eq!(
                    site.exists(role),
                    outcome.is_ok(),
                    "{level}, {role}, {after}"
                );
                if counts {
                    assert!(outcome.is_err(), "{level}, {role}");
                } else {
                    assert_eq!(*outcome, Ok(()), "{level}, {role}");
                }
            }
            if after == "at once" {
                thread::sleep(std::time::Duration::from_secs(1));
            }
        }
        site.assert_way_in();
    }
    site.assert_way_back();
}

#[test]
fn two_runs_in_two_databases_from_16_lock_nobody_out_where_creators_count() {
    let stand_in = servers(from_16(), LEVELS.len());
    side_by_side(&stand_in, LEVELS, |site, level| {
        attack(site, level, true, rounds(ROUNDS_THAT_ARE_TAKEN_BACK));
    });
}

#[test]
fn two_runs_in_two_databases_from_16_both_stay_where_creators_do_not_count() {
    let stand_in = servers(from_16(), LEVELS.len());
    side_by_side(&stand_in, LEVELS, |site, level| {
        attack(site, level, false, rounds(ROUNDS_THAT_STAY));
    });
}
