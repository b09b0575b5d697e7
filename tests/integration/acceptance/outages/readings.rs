//! Connections that break while the server is read: nothing is lost by reading again.

use rds_emulator::relay::{Cut, Effect, Fault, Phase};

use rstest_reuse::apply;

use super::{created_users, provider_through, workspace};
use crate::support::{
    StandIn, Workspace, any_major,
    grant::{resource, with_tables},
    on_both_sides_of_16,
    publication::session,
};

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

#[apply(on_both_sides_of_16)]
fn refresh_does_not_wait_for_who_alters_a_published_table(major: u16) {
    let stand_in = with_tables(major);
    let workspace = Workspace::new(&stand_in);
    let filter = if major >= 15 {
        "where = \"id > 1\""
    } else {
        ""
    };
    workspace.write(&format!(
        "{}resource \"rdsiam_publication\" \"this\" {{\n  name = \"q\"\n  \
         tables = {{ \"sales.a\" = {{ {filter} }} }}\n}}\n{}",
        stand_in.provider(),
        resource(
            "reader",
            &["p", "q"],
            "depends_on = [rdsiam_publication.this]"
        )
    ));
    workspace.apply().success();
    let other = session(&stand_in);
    let run = |text| {
        stand_in
            .block_on(other.batch_execute(text))
            .expect("it runs")
    };
    run("BEGIN; LOCK TABLE sales.a, sales.b IN ACCESS EXCLUSIVE MODE");
    workspace.plan().empty();
    run("ROLLBACK");
}
