//! Probes that are refused or not answered: all connections taken, a server that starts up, a closed port,
//! a network that swallows everything. None of it says that somebody is safe.

use rds_emulator::relay::{Cut, Effect, Fault, Phase};

use super::{Site, assert_told_the_truth, servers, side_by_side, workspace_behind};
use crate::support::{
    from_16,
    user::{ADDRESS, resource},
};

/// A server without room says so, another one does not even answer.
const ANSWERS: [(Phase, Effect); 4] = [
    (Phase::StartUp, Effect::Fatal("53300")),
    (Phase::StartUp, Effect::Fatal("57P03")),
    (Phase::Accepted, Effect::Cut(Cut::Close)),
    (Phase::Accepted, Effect::Cut(Cut::BlackHole)),
];

/// The session of the run is passed on, and nobody else while it lasts.
fn attack(site: Site<'_>, (phase, answer): (Phase, Effect)) {
    let relay = site.relay();
    relay.add(Fault::at(phase, answer).with_room_for(1));
    let workspace = workspace_behind(
        site,
        &relay,
        "connect_timeout = 5",
        &resource("fresh", "create_role = true"),
    );
    let run = workspace.apply();
    site.assert_way_in();
    assert_eq!(run.code(), 1, "{answer:?}: {}", run.text());
    assert_told_the_truth(site, &run, "fresh");
    assert!(!site.exists("fresh"), "{answer:?}");
    assert!(workspace.state(ADDRESS).is_none(), "{answer:?}");
    site.assert_way_back();
}

#[test]
fn probe_that_is_not_answered_from_16_proves_nothing_where_creators_count() {
    let stand_in = servers(from_16(), ANSWERS.len());
    side_by_side(&stand_in, ANSWERS, attack);
}

#[test]
fn probe_that_is_not_answered_from_16_proves_nothing_where_creators_do_not_count() {
    let stand_in = servers(from_16(), ANSWERS.len());
    side_by_side(&stand_in, ANSWERS, |site, answer| {
        site.count_creators(false);
        attack(site, answer);
    });
}

#[test]
fn probe_that_is_refused_from_16_leaves_grants_to_an_existing_role_of_the_master_user_undone() {
    let stand_in = servers(from_16(), 2);
    side_by_side(
        &stand_in,
        [ANSWERS[0], ANSWERS[3]],
        |site, (phase, answer)| {
            site.sql_as_master("CREATE ROLE app LOGIN");
            let relay = site.relay();
            relay.add(Fault::at(phase, answer).with_room_for(1));
            let workspace =
                workspace_behind(site, &relay, "connect_timeout = 5", &resource("app", ""));
            let run = workspace.apply();
            site.assert_way_in();
            assert_eq!(run.code(), 1, "{answer:?}: {}", run.text());
            assert_told_the_truth(site, &run, "app");
            assert!(site.exists("app"));
        },
    );
}
