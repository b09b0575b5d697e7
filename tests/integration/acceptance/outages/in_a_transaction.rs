//! Connections that break in the midst of a transaction: one that has not committed is run again, and one
//! that has is found out about.

use rds_emulator::relay::{Cut, Effect, Fault, Phase};
use rstest_reuse::apply;

use super::{created_users, granted, provider_through, workspace};
use crate::support::{StandIn, from_16, on_both_sides_of_16};

const USERS: usize = 4;
/// How often each thing breaks: each user commits once.
const TIMES: u64 = USERS as u64;

/// Grants to existing roles, for which no commit is on probation, while transactions break in the given ways.
fn grant_while(faults: &[Fault], major: u16) {
    let stand_in = StandIn::start(major);
    (0..USERS).for_each(|number| {
        stand_in.sql(&format!("CREATE ROLE app_{number} LOGIN"));
    });
    let relay = stand_in.relay();
    let workspace = workspace(
        &stand_in,
        &provider_through(&stand_in, &relay, ""),
        &created_users(USERS).replace("create_role = true", ""),
    );
    workspace.run(&["plan", "-out=planned"]).success();
    faults.iter().for_each(|fault| relay.add(*fault));
    workspace.run(&["apply", "planned"]).success();
    assert_eq!(relay.hits(), TIMES * faults.len() as u64);
    assert_eq!(granted(&stand_in), USERS);
    workspace.plan().empty();
}

#[apply(on_both_sides_of_16)]
fn transaction_whose_connection_is_reset_before_its_commit_is_run_again(major: u16) {
    let reset = |phase| Fault::at(phase, Cut::Reset).times(TIMES);
    let granting = Phase::Statement("GRANT rds_iam");
    grant_while(&[reset(granting), reset(Phase::Commit)], major);
}

#[apply(on_both_sides_of_16)]
fn transaction_whose_session_the_server_ends_before_its_commit_is_run_again(major: u16) {
    let ended = |phase, sqlstate| Fault::at(phase, Effect::Fatal(sqlstate)).times(TIMES);
    let granting = Phase::Statement("GRANT rds_iam");
    grant_while(
        &[ended(granting, "57P01"), ended(Phase::Commit, "57P02")],
        major,
    );
}

#[apply(on_both_sides_of_16)]
fn transaction_whose_commit_has_no_answer_is_read_again(major: u16) {
    grant_while(
        &[Fault::at(Phase::Committed, Cut::Reset).times(TIMES)],
        major,
    );
}

#[apply(on_both_sides_of_16)]
fn transaction_of_a_destroy_whose_connection_is_reset_is_run_again(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let relay = stand_in.relay();
    let workspace = workspace(
        &stand_in,
        &provider_through(&stand_in, &relay, ""),
        &created_users(USERS),
    );
    workspace.apply().success();
    workspace
        .run(&["plan", "-destroy", "-out=planned"])
        .success();
    relay.add(Fault::at(Phase::Statement("DROP ROLE"), Cut::Reset).times(TIMES));
    workspace.run(&["apply", "planned"]).success();
    assert_eq!(relay.hits(), TIMES);
    assert_eq!(granted(&stand_in), 0);
}

#[test]
fn transaction_on_probation_whose_session_is_lost_from_16_is_run_again_once_it_must_be_over() {
    let stand_in = StandIn::not_counting_creators(from_16());
    let relay = stand_in.relay();
    let workspace = workspace(
        &stand_in,
        &provider_through(&stand_in, &relay, ""),
        &created_users(USERS),
    );
    workspace.run(&["plan", "-out=planned"]).success();
    // The commit and its way back are one message, which pauses between them.
    relay.add(Fault::at(Phase::Statement("pg_sleep"), Cut::Reset).times(1));
    workspace.run(&["apply", "planned"]).success();
    assert_eq!(relay.hits(), 1);
    assert_eq!(granted(&stand_in), USERS);
    workspace.plan().empty();
}
