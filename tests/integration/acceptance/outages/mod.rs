//! Servers and networks that fail in the midst of a run. What passes by itself fails nobody; what does not
//! ends within the operation's limit, says why, and leaves nothing behind.
//!
//! `OUTAGE_ROUNDS` says how often the outages are tried as they are promised: see [`scale`].
#![cfg(unix)]

mod black_hole;
mod crowded;
mod grants;
mod in_a_transaction;
mod publications;
mod publications_killed;
mod readings;
mod siblings;
mod slots;
mod stopped;

use std::time::Duration;

use rds_emulator::relay::Relay;

use crate::support::{StandIn, Workspace};

/// How large an outage is.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rounds: u32,
    users: usize,
    lasts: Duration,
}

/// What is promised, so many times as `OUTAGE_ROUNDS` says; or once what fits into every run of the tests.
fn scale() -> Scale {
    match std::env::var("OUTAGE_ROUNDS") {
        Ok(rounds) => Scale {
            rounds: rounds.parse().expect("OUTAGE_ROUNDS is a number of rounds"),
            users: 60,
            lasts: Duration::from_secs(8),
        },
        // Longer than an attempt to connect and the one after it.
        Err(_) => Scale {
            rounds: 1,
            users: 16,
            lasts: Duration::from_secs(3),
        },
    }
}

/// The provider block for the first cluster, through a relay.
fn provider_through(stand_in: &StandIn, relay: &Relay, postgres: &str) -> String {
    let port = |port: u16| format!("connect_port = {port}");
    stand_in
        .provider_with(postgres)
        .replace(&port(stand_in.cluster().connect_port), &port(relay.port()))
}

/// So many users that are created together with their roles, `app_0` and on.
fn created_users(count: usize) -> String {
    format!(
        "resource \"rdsiam_replication_user\" \"this\" {{\n  count = {count}\n  name = \"app_${{count.index}}\"\n  \
         create_role = true\n}}\n"
    )
}

fn workspace(stand_in: &StandIn, provider: &str, resources: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    workspace.write(&format!("{provider}{resources}"));
    workspace
}

/// How many of the users are granted.
fn granted(stand_in: &StandIn) -> usize {
    let count = stand_in.sql_value(
        "SELECT count(*) FROM pg_roles r WHERE rolname LIKE 'app%' AND 2 = (SELECT count(*) FROM pg_auth_members m \
         WHERE m.member = r.oid AND pg_get_userbyid(m.roleid) IN ('rds_iam', 'rds_replication'))",
    );
    count.and_then(|count| count.parse().ok()).expect("a count")
}

/// Drops the users behind everybody's back.
fn drop_users(stand_in: &StandIn, count: usize) {
    let drops: String = (0..count)
        .map(|number| format!("DROP ROLE app_{number}; "))
        .collect();
    stand_in.sql(&drops);
}
