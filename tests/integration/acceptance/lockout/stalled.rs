//! A commit that waits for another node, as one of a Multi-AZ DB cluster does, while the run goes on, is
//! interrupted or killed: what takes the grant back has not even begun by then.

use std::{os::unix::process::CommandExt as _, thread, time::Duration};

use super::{Site, servers, side_by_side, workspace};
use crate::support::{
    eventually, from_16,
    process::{Started, send, send_to_group},
    user::{ADDRESS, resource},
    within,
};

/// How long the server may take to take everything back, in seconds.
const WAY_BACK: u64 = 40;

/// What becomes of the run while its commit waits.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The provider is killed.
    Killed,
    /// Likewise, and the other node is lost again as soon as the commit is there.
    KilledAndStalledAgain,
    /// Ctrl-C.
    Interrupted,
    /// It gives the proof up, and must not take what is not visible for what is taken back.
    GivesUp,
}

/// Has commits wait for a node that is not there, or for none.
fn wait_for(site: Site<'_>, node: &str) {
    site.sql("ALTER SYSTEM SET synchronous_commit = on");
    site.sql(&format!(
        "ALTER SYSTEM SET synchronous_standby_names = '{node}'"
    ));
    site.sql("SELECT pg_reload_conf()");
}

#[test]
fn run_whose_commit_waits_for_another_node_from_16_leaves_a_way_back_in() {
    let fates = [
        Fate::Killed,
        Fate::KilledAndStalledAgain,
        Fate::Interrupted,
        Fate::GivesUp,
    ];
    let stand_in = servers(from_16(), fates.len());
    side_by_side(&stand_in, fates, |site, fate| {
        let workspace = workspace(
            site,
            &site.provider(""),
            &resource("fresh", "create_role = true"),
        );
        wait_for(site, "nobody");
        let mut apply = workspace.command(&["apply", "-auto-approve"]);
        let cli = Started::new(apply.process_group(0));
        eventually("the commit", || {
            site.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "1"
        });
        match fate {
            Fate::Killed | Fate::KilledAndStalledAgain => {
                cli.providers()
                    .iter()
                    .for_each(|process| send("KILL", *process));
                thread::sleep(Duration::from_secs(1));
            }
            Fate::Interrupted => {
                send_to_group("INT", cli.id());
                thread::sleep(Duration::from_secs(10));
            }
            Fate::GivesUp => thread::sleep(Duration::from_secs(22)),
        }
        wait_for(site, "");
        eventually("the role", || site.exists("fresh"));
        if matches!(fate, Fate::KilledAndStalledAgain) {
            wait_for(site, "nobody");
        }
        within(WAY_BACK, &format!("the end of the role ({fate:?})"), || {
            !site.exists("fresh")
        });
        wait_for(site, "");
        let output = cli.output(120);
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{fate:?}: {said}");
        site.assert_way_back();
        assert!(!site.exists("fresh"), "{fate:?}: {said}");
        assert!(workspace.state(ADDRESS).is_none(), "{fate:?}: {said}");
    });
}
