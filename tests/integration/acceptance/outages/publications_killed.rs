//! A provider that is killed while it creates, changes or drops a publication: it is done whole or not at all, and the
//! next run says which, and goes on.

use std::time::Duration;

use rds_emulator::relay::{Cut, Effect, Fault, Phase, Relay};

use super::provider_through;
use crate::support::{
    StandIn, Workspace, any_major, eventually,
    process::{Started, send},
    publication::{ADDRESS, as_master, is_there, members, resource},
};

/// Longer than any run.
const FOREVER: Effect = Effect::Delay(Duration::from_secs(600));
/// Long enough to say what comes after.
const MOMENT: Effect = Effect::Delay(Duration::from_millis(300));

/// Where a provider is killed: when its COMMIT is there and the server does not have it, and when the server has
/// committed and its answer is not there. Whatever comes before is like the former.
const MOMENTS: [Phase; 2] = [Phase::Commit, Phase::Committed];

/// A publication of a stand-in, through a relay.
struct Site {
    stand_in: StandIn,
    relay: Relay,
    workspace: Workspace,
}

impl Site {
    fn new() -> Self {
        let stand_in = StandIn::start(any_major());
        as_master(
            &stand_in,
            "CREATE TABLE public.a (id int PRIMARY KEY); CREATE TABLE public.b (id int PRIMARY KEY)",
        );
        let relay = stand_in.relay();
        let workspace = Workspace::new(&stand_in);
        Self {
            stand_in,
            relay,
            workspace,
        }
    }

    fn write(&self, arguments: &str) {
        let provider = provider_through(&self.stand_in, &self.relay, "");
        self.workspace
            .write(&(provider + &resource("p", arguments)));
    }

    /// Plans and applies, and kills the provider at a moment of the transaction that has this statement.
    fn apply_killed(&self, planned: &[&str], statement: &'static str, moment: Phase) {
        let plan: Vec<&str> = ["plan", "-out=planned"]
            .iter()
            .chain(planned)
            .copied()
            .collect();
        self.workspace.run(&plan).success();
        let before = self.relay.hits();
        let come = |count| self.relay.hits() >= before + count;
        self.relay
            .add(Fault::at(Phase::Statement(statement), MOMENT).times(1));
        let cli = Started::new(&mut self.workspace.command(&["apply", "planned"]));
        eventually("the statement", || come(1));
        self.relay.add(Fault::at(moment, FOREVER).times(1));
        eventually("the commit", || come(2));
        for process in cli.providers() {
            send("KILL", process);
        }
        assert!(!cli.output(60).status.success());
        self.relay.forget_faults();
        // The server sees its client leave.
        self.relay.cut(Cut::Close);
    }

    /// What the next apply makes of it, in one go.
    fn assert_applied(&self, expected: &[&str]) {
        self.workspace.apply().success();
        assert_eq!(members(&self.stand_in, "p"), expected);
        self.workspace.plan().empty();
    }
}

#[test]
fn publication_killed_in_a_create_is_made_by_the_next_apply_or_named_for_an_import() {
    let site = Site::new();
    site.write(r#"tables = { "public.a" = {} }"#);
    for moment in MOMENTS {
        site.apply_killed(&[], "CREATE PUBLICATION", moment);
        assert!(site.workspace.state(ADDRESS).is_none());
        if moment == Phase::Committed {
            let id = format!("cluster:orders/{}/p", site.stand_in.cluster().database);
            site.workspace
                .apply()
                .failure()
                .says("an interrupted run created it")
                .says(&format!("terraform import ADDRESS '{id}'"));
            site.workspace.run(&["import", ADDRESS, &id]).success();
            site.workspace.plan().empty();
        }
        site.assert_applied(&["public.a"]);
        site.workspace.destroy().success();
    }
}

#[test]
fn publication_killed_in_a_change_is_what_the_next_apply_makes_it() {
    let site = Site::new();
    for moment in MOMENTS {
        site.write(r#"tables = { "public.a" = {} }"#);
        site.workspace.apply().success();
        site.write(r#"tables = { "public.b" = {} }"#);
        site.apply_killed(&[], "ALTER PUBLICATION", moment);
        let is_done = moment == Phase::Committed;
        let now = if is_done { "public.b" } else { "public.a" };
        assert_eq!(members(&site.stand_in, "p"), [now]);
        site.assert_applied(&["public.b"]);
    }
}

#[test]
fn publication_killed_as_it_is_put_in_the_place_of_another_one_is_still_ours() {
    let site = Site::new();
    let listed = r#"tables = { "public.a" = {} }"#;
    for moment in MOMENTS {
        site.write("all_tables = true");
        site.workspace.apply().success();
        site.write(listed);
        site.apply_killed(&[], "DROP PUBLICATION", moment);
        assert!(is_there(&site.stand_in, "p"));
        if moment == Phase::Committed {
            // Also where nothing is refreshed.
            site.workspace
                .run(&["apply", "-auto-approve", "-refresh=false"])
                .success()
                .says("0 added, 1 changed");
            site.workspace.plan().empty();
        }
        site.assert_applied(&["public.a"]);
    }
    // A refresh finds it, too.
    site.write("all_tables = true");
    site.apply_killed(&[], "DROP PUBLICATION", Phase::Committed);
    site.workspace.plan().empty();
    site.workspace.destroy().success();
    assert!(!is_there(&site.stand_in, "p"));
}

#[test]
fn publication_killed_in_a_destroy_is_gone_after_the_next_one() {
    let site = Site::new();
    site.write(r#"tables = { "public.a" = {} }"#);
    for moment in MOMENTS {
        site.workspace.apply().success();
        site.apply_killed(&["-destroy"], "DROP PUBLICATION", moment);
        assert_eq!(is_there(&site.stand_in, "p"), moment == Phase::Commit);
        site.workspace.destroy().success();
        assert!(!is_there(&site.stand_in, "p"));
        assert!(site.workspace.state(ADDRESS).is_none());
    }
}
