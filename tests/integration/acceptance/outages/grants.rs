//! Connections that break, providers that are killed, and other runs, while a role is given what it may read.

use std::{thread, time::Duration};

use rds_emulator::relay::{Cut, Effect, Fault, Phase};
use rstest_reuse::apply;

use super::provider_through;
use crate::support::{
    Workspace, any_major, eventually,
    grant::{ADDRESS, reads, resource, rights, with_tables},
    on_both_sides_of_16,
    process::{Started, send},
    publication::as_master,
};

/// Longer than any run.
const FOREVER: Effect = Effect::Delay(Duration::from_secs(600));
/// Long enough to say what comes after.
const MOMENT: Effect = Effect::Delay(Duration::from_millis(300));
/// More tables than one transaction changes.
const TABLES: usize = 1_500;

/// Makes the publication `many` of so many tables.
const MANY: &str = "DO $$ BEGIN FOR number IN 1..1500 LOOP \
     EXECUTE format('CREATE TABLE sales.t_%s (id int PRIMARY KEY)', number); END LOOP; \
     EXECUTE (SELECT 'CREATE PUBLICATION many FOR TABLE ' || string_agg(format('sales.t_%s', number), ', ') \
     FROM generate_series(1, 1500) number); END $$";

#[apply(on_both_sides_of_16)]
fn grant_whose_connection_breaks_is_what_it_is_to_be_all_the_same(major: u16) {
    let stand_in = with_tables(major);
    as_master(&stand_in, "CREATE PUBLICATION q FOR TABLE sales.c");
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let provider = provider_through(&stand_in, &relay, "");
    let write = |publication| {
        workspace.write(&(provider.clone() + &resource("reader", &[publication], "")));
    };
    // Before the commit it is run again; after it, what became of it is read.
    let reset = |phase| relay.add(Fault::at(phase, Cut::Reset).times(1));
    write("p");
    reset(Phase::Statement("GRANT SELECT"));
    reset(Phase::Committed);
    workspace.apply().success();
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.b"])
    );
    workspace.plan().empty();
    write("q");
    reset(Phase::Statement("REVOKE SELECT"));
    reset(Phase::Committed);
    workspace.apply().success();
    workspace.plan().empty();
    reset(Phase::Statement("REVOKE SELECT"));
    reset(Phase::Committed);
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
    assert_eq!(relay.hits(), 6);
}

#[test]
fn grant_killed_between_two_transactions_goes_on_in_the_next_apply() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, MANY);
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let provider = provider_through(&stand_in, &relay, "");
    let write = |publications: &[&str]| {
        workspace.write(&(provider.clone() + &resource("reader", publications, "")));
    };
    let apply_killed = || {
        let before = relay.hits();
        let grant = Phase::Statement("GRANT SELECT");
        relay.add(Fault::at(grant, MOMENT).times(1));
        workspace.run(&["plan", "-out=planned"]).success();
        let cli = Started::new(&mut workspace.command(&["apply", "planned"]));
        eventually("the first statement", || relay.hits() > before);
        relay.add(Fault::at(grant, FOREVER).times(1));
        eventually("the second one", || relay.hits() > before + 1);
        for process in cli.providers() {
            send("KILL", process);
        }
        assert!(!cli.output(60).status.success());
        relay.forget_faults();
        // The server sees its client leave.
        relay.cut(Cut::Close);
        assert!(reads(&stand_in, "reader", "sales.t_1"));
        assert!(!reads(&stand_in, "reader", "sales.t_999"));
    };
    // In a create what was granted is nobody's, until somebody imports it.
    write(&["many"]);
    apply_killed();
    assert!(workspace.state(ADDRESS).is_none());
    workspace
        .apply()
        .success()
        .says("Granted Before")
        .says("sales.t_1;");
    assert!(reads(&stand_in, "reader", "sales.t_999"));
    workspace.plan().empty();
    workspace.run(&["state", "rm", ADDRESS]).success();
    let id = format!("cluster:orders/{}/reader", stand_in.cluster().database);
    workspace.run(&["import", ADDRESS, &id]).success();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
    // In a change, too.
    write(&["p"]);
    workspace.apply().success();
    write(&["p", "many"]);
    apply_killed();
    workspace.plan().changes();
    workspace.apply().success();
    workspace.plan().empty();
    assert_eq!(rights(&stand_in, "reader"), TABLES + 2 + 1);
}

#[apply(on_both_sides_of_16)]
fn grants_of_two_states_at_once_on_the_same_tables_are_both_given(major: u16) {
    let stand_in = with_tables(major);
    stand_in.sql("CREATE ROLE other; CREATE ROLE third");
    as_master(
        &stand_in,
        "CREATE PUBLICATION q FOR TABLE sales.c, sales.b, sales.a; REVOKE USAGE ON SCHEMA public FROM PUBLIC",
    );
    let runs = ["reader", "other", "third"].map(|role| {
        let workspace = Workspace::new(&stand_in);
        let arguments = "grant_future_tables_of = [\"master\"]";
        workspace.write(&(stand_in.provider() + &resource(role, &["p", "q"], arguments)));
        (role, workspace)
    });
    for _ in 0..2 {
        thread::scope(|scope| {
            for (_, workspace) in &runs {
                scope.spawn(|| workspace.apply().success());
            }
        });
        for (role, workspace) in &runs {
            assert!(reads(&stand_in, role, "sales.c"), "{role}");
            workspace.plan().empty();
        }
        thread::scope(|scope| {
            for (_, workspace) in &runs {
                scope.spawn(|| workspace.destroy().success());
            }
        });
        for (role, _) in &runs {
            assert_eq!(rights(&stand_in, role), 0, "{role}");
        }
    }
}

#[test]
fn grant_whose_time_is_up_between_two_transactions_is_in_the_state_and_goes_on() {
    let stand_in = with_tables(any_major());
    as_master(&stand_in, MANY);
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let provider = provider_through(&stand_in, &relay, "");
    let arguments = "timeouts {\n    create = \"8s\"\n  }";
    workspace.write(&(provider + &resource("reader", &["many"], arguments)));
    workspace.run(&["plan", "-out=planned"]).success();
    let grant = Phase::Statement("GRANT SELECT");
    relay.add(Fault::at(grant, MOMENT).times(1));
    let applied = thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.run(&["apply", "planned"]));
        eventually("the first statement", || relay.hits() == 1);
        relay.add(Fault::at(grant, FOREVER).times(1));
        apply.join().expect("no panic")
    });
    applied
        .success()
        .says("Publication Grant Not Finished")
        .says("timed out after 8 seconds");
    relay.forget_faults();
    relay.cut(Cut::Close);
    let granted = || {
        let state = workspace.state(ADDRESS).expect("a state");
        state["granted_tables"].as_array().map(Vec::len)
    };
    assert_eq!(granted(), Some(1_000));
    workspace
        .plan()
        .changes()
        .says("\"missing\" -> \"published\"")
        .says("and 490 more");
    workspace.apply().success();
    assert_eq!(granted(), Some(TABLES));
    workspace.plan().empty();
    workspace.destroy().success();
    assert_eq!(rights(&stand_in, "reader"), 0);
}

#[test]
fn grant_whose_provider_is_killed_in_an_update_takes_nothing_over_of_others() {
    let stand_in = with_tables(any_major());
    as_master(
        &stand_in,
        "GRANT USAGE ON SCHEMA sales TO reader; GRANT SELECT ON sales.b TO reader",
    );
    let relay = stand_in.relay();
    let workspace = Workspace::new(&stand_in);
    let provider = provider_through(&stand_in, &relay, "");
    workspace.write(&(provider + &resource("reader", &["p"], "")));
    workspace.apply().success();
    as_master(&stand_in, "ALTER PUBLICATION p ADD TABLE sales.c");
    let before = relay.hits();
    relay.add(Fault::at(Phase::Statement("GRANT SELECT"), FOREVER).times(1));
    let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
    eventually("the statement", || relay.hits() > before);
    for process in cli.providers() {
        send("KILL", process);
    }
    assert!(!cli.output(60).status.success());
    relay.forget_faults();
    relay.cut(Cut::Close);
    // With it, Terraform keeps the state as it was.
    let is_lost = !workspace.state_text().contains("\"private\"");
    let applied = workspace.apply().success();
    if is_lost {
        applied.says("Granted Rights Not Recorded");
    }
    let state = workspace.state(ADDRESS).expect("a state");
    assert_eq!(
        state["granted_tables"],
        serde_json::json!(["sales.a", "sales.c"])
    );
    workspace.plan().empty();
    workspace.destroy().success();
    assert!(reads(&stand_in, "reader", "sales.b") && !reads(&stand_in, "reader", "sales.a"));
}
