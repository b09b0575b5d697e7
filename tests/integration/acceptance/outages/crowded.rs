//! Many users at once where the network is slow, or the server has room for few connections.

use std::time::Duration;

use rds_emulator::relay::{Effect, Fault, Phase};
use rstest_reuse::apply;

use super::{created_users, granted, provider_through, workspace};
use crate::support::{StandIn, on_both_sides_of_16};

/// What the network takes in each direction.
const DELAY: Duration = Duration::from_millis(75);

fn create(stand_in: &StandIn, provider: &str, users: usize) {
    let workspace = workspace(stand_in, provider, &created_users(users));
    workspace
        .run(&["apply", "-auto-approve", "-parallelism=20"])
        .success()
        .does_not_say("lock");
    assert_eq!(granted(stand_in), users);
}

#[apply(on_both_sides_of_16)]
fn users_created_at_once_on_a_slow_network_wait_for_each_other(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let relay = stand_in.relay();
    relay.delay(DELAY);
    let provider = provider_through(&stand_in, &relay, "max_connections = 10");
    create(&stand_in, &provider, 20);
}

#[apply(on_both_sides_of_16)]
fn users_of_a_login_that_may_connect_once_share_its_connection(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    stand_in.sql("ALTER ROLE master CONNECTION LIMIT 1");
    create(&stand_in, &stand_in.provider(), 10);
}

#[apply(on_both_sides_of_16)]
fn users_wait_for_a_server_that_has_no_room_for_the_first_of_them(major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let relay = stand_in.relay();
    relay.add(Fault::at(Phase::StartUp, Effect::Fatal("53300")).times(4));
    create(&stand_in, &provider_through(&stand_in, &relay, ""), 4);
}
