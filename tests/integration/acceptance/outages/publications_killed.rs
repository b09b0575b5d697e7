//! A provider that is killed while it creates, changes or drops a publication: it is done whole or not at all, and the
//! next run says which, and goes on.

use rds_emulator::relay::{Phase, Relay};

use super::{
    killed::{MOMENTS, apply_killed},
    provider_through,
};
use crate::support::{
    StandIn, Workspace, any_major,
    publication::{ADDRESS, as_master, is_there, members, resource},
};

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
        apply_killed(&self.workspace, &self.relay, planned, statement, moment);
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

#[test]
fn publication_killed_in_a_change_is_not_taken_for_what_others_made_in_its_place() {
    let site = Site::new();
    site.write(r#"tables = { "public.a" = {} }"#);
    site.workspace.apply().success();
    site.write(r#"tables = { "public.b" = {} }"#);
    site.apply_killed(&[], "ALTER PUBLICATION", Phase::Commit);
    as_master(
        &site.stand_in,
        "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLE public.a",
    );
    // Nothing is refreshed, and what is planned says nothing of it.
    site.workspace
        .run(&["destroy", "-auto-approve", "-refresh=false"])
        .success()
        .says("Publication Left");
    assert_eq!(members(&site.stand_in, "p"), ["public.a"]);

    as_master(&site.stand_in, "DROP PUBLICATION p");
    site.write(r#"tables = { "public.a" = {} }"#);
    site.workspace.apply().success();
    site.write(r#"tables = { "public.b" = {} }"#);
    site.apply_killed(&[], "ALTER PUBLICATION", Phase::Commit);
    as_master(
        &site.stand_in,
        "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLE public.a",
    );
    site.workspace
        .plan()
        .changes()
        .says("A run was killed as it changed the publication \"p\"")
        .says("1 to add");
    site.workspace.apply().failure().says("terraform import");
    assert_eq!(members(&site.stand_in, "p"), ["public.a"]);
}
