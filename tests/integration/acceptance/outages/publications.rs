//! Connections that break while a publication is created, changed or dropped.

use rds_emulator::relay::{Cut, Fault, Phase};
use rstest_reuse::apply;

use super::provider_through;
use crate::support::{
    StandIn, Workspace, on_both_sides_of_16,
    publication::{as_master, is_there, members, resource},
};

#[apply(on_both_sides_of_16)]
fn publication_whose_connection_breaks_is_what_it_is_to_be_all_the_same(major: u16) {
    let stand_in = StandIn::start(major);
    as_master(
        &stand_in,
        "CREATE TABLE public.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
    );
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let provider = provider_through(&stand_in, &relay, "");
    let write = |tables: &str| {
        let tables = format!("tables = {{ {tables} }}");
        workspace.write(&(provider.clone() + &resource("p", &tables)));
    };
    // Before the commit it is run again; after it, what became of it is read.
    let reset = |phase| relay.add(Fault::at(phase, Cut::Reset).times(1));
    write(r#""public.a" = {}"#);
    reset(Phase::Statement("CREATE PUBLICATION"));
    reset(Phase::Committed);
    workspace.apply().success();
    workspace.plan().empty();
    write(r#""public.b" = {}"#);
    reset(Phase::Statement("ALTER PUBLICATION"));
    reset(Phase::Committed);
    workspace.apply().success();
    assert_eq!(members(&stand_in, "p"), ["public.b"]);
    workspace.plan().empty();
    reset(Phase::Statement("DROP PUBLICATION"));
    reset(Phase::Committed);
    workspace.destroy().success();
    assert!(!is_there(&stand_in, "p"));
    assert_eq!(relay.hits(), 6);
}
