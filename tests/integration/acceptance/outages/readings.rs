//! Connections that break while the server is read: nothing is lost by reading again.

use rds_emulator::relay::{Cut, Effect, Fault, Phase};

use super::{created_users, provider_through, workspace};
use crate::support::{StandIn, any_major};

#[test]
fn refresh_whose_connection_breaks_is_read_again() {
    let stand_in = StandIn::not_counting_creators(any_major());
    let relay = stand_in.relay();
    let workspace = workspace(
        &stand_in,
        &provider_through(&stand_in, &relay, ""),
        &created_users(3),
    );
    workspace.apply().success();
    let broken = [Effect::Cut(Cut::Reset), Effect::Fatal("57P01")];
    for (effect, hits) in std::iter::zip(broken, 1..) {
        relay.add(Fault::at(Phase::Query(1), effect).times(1));
        workspace.plan().empty();
        assert_eq!(relay.hits(), hits, "{effect:?}");
    }
}
