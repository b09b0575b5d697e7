//! Every way into a lock-out that is known, one file each: whatever breaks, whoever answers and whatever
//! the settings say, the master user's password goes on working.
//!
//! Each test ends with a login through the gate, and holds what a run reported against the catalog.
//! The stand-in's `creator_row_counts` is on unless a test says otherwise: from 16 on the master user is
//! then locked out by every grant to a role that it created.
//!
//! `LOCKOUT_ROUNDS` says how often a test of moments and of races tries; see [`rounds`].
#![cfg(unix)]

mod creators;
mod databases;
mod interrupted;
mod killed;
mod other_server;
mod pooler;
mod settings;
mod site;
mod stalled;
mod unanswered;

use std::thread;

use rds_emulator::relay::Relay;

pub use site::Site;

use crate::support::{StandIn, Workspace, cli::Run, from_16};

/// How many times a test of moments and of races tries: `LOCKOUT_ROUNDS`, or as many as fit into every
/// run of the tests.
fn rounds(usually: u32) -> u32 {
    let asked = std::env::var("LOCKOUT_ROUNDS").ok();
    asked.map_or(usually, |text| {
        text.parse().expect("LOCKOUT_ROUNDS is a number of rounds")
    })
}

/// A stand-in with so many servers, `orders-0` and on, all of which count creators.
fn servers(major: u16, count: usize) -> StandIn {
    let names: Vec<String> = (0..count)
        .map(|number| format!("orders-{number}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    StandIn::with_clusters(major, &names)
}

/// Does something for each case at once, on a server of its own.
fn side_by_side<T: Send>(
    stand_in: &StandIn,
    cases: impl IntoIterator<Item = T>,
    attack: impl Fn(Site<'_>, T) + Sync,
) {
    let attack = &attack;
    thread::scope(|scope| {
        for (site, case) in std::iter::zip(Site::all(stand_in), cases) {
            scope.spawn(move || attack(site, case));
        }
    });
}

/// Attacks a server from 16 on that counts creators, and one that does not, at once.
fn counting_and_not(attack: impl Fn(Site<'_>, bool) + Sync) {
    let stand_in = servers(from_16(), 2);
    side_by_side(&stand_in, [true, false], |site, counts| {
        site.count_creators(counts);
        attack(site, counts);
    });
}

/// A workspace with a provider block and resources.
fn workspace(site: Site<'_>, provider: &str, resources: &str) -> Workspace {
    let workspace = Workspace::new(site.stand_in);
    workspace.write(&format!("{provider}{resources}"));
    workspace
}

/// A workspace whose provider goes through a relay, with one connection.
fn workspace_behind(site: Site<'_>, relay: &Relay, more: &str, resources: &str) -> Workspace {
    let more = format!("max_connections = 1\n    {more}");
    workspace(site, &site.provider_through(relay.port(), &more), resources)
}

/// Holds what an apply of one role reported against what is there: all of it, or nothing.
#[track_caller]
fn assert_told_the_truth(site: Site<'_>, run: &Run, role: &str) {
    let memberships = site.memberships(role);
    match run.code() {
        0 => assert_eq!(
            memberships,
            ["rds_iam", "rds_replication"],
            "{role} was reported as granted:\n{}",
            run.text()
        ),
        _ => assert!(
            !memberships.iter().any(|group| group.starts_with("rds_")),
            "{role} was reported as failed, and is in {memberships:?}:\n{}",
            run.text()
        ),
    }
}
