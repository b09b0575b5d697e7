//! Ctrl-C, a stop request or a shutdown while a grant is on probation: the server needs no answer of the
//! provider any more to take it back.

use std::{
    os::unix::process::CommandExt as _,
    time::{Duration, Instant},
};

use super::{servers, side_by_side, workspace_behind};
use crate::support::{
    eventually, from_16,
    process::{Started, send_to_group},
    relay::silence_after,
    user::{ADDRESS, resource},
    within,
};

/// How long the CLI may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the server may take to take everything back, in seconds.
const WAY_BACK: u64 = 40;

#[test]
fn run_interrupted_on_probation_from_16_ends_soon_and_leaves_the_catalog_as_it_was() {
    let signals = ["INT", "TERM"];
    let stand_in = servers(from_16(), signals.len());
    side_by_side(&stand_in, signals, |site, signal| {
        // One session, and the look at the master user before the commit; the probes after it are not
        // answered, so that the probation lasts.
        let relay = site.relay();
        relay.add(silence_after(2));
        let workspace = workspace_behind(
            site,
            &relay,
            "connect_timeout = 20",
            &resource("fresh", "create_role = true"),
        );
        let before = site.sql("SELECT rolname FROM pg_roles ORDER BY 1");
        let mut apply = workspace.command(&["apply", "-auto-approve"]);
        let cli = Started::new(apply.process_group(0));
        eventually("the role", || site.exists("fresh"));
        send_to_group(signal, cli.id());
        let since = Instant::now();
        let output = cli.output(60);
        let took = since.elapsed();
        assert!(took < PATIENCE, "{signal}: it took {took:?} to end");
        assert!(!output.status.success(), "{signal}");
        within(WAY_BACK, "the end of the role", || !site.exists("fresh"));
        assert_eq!(site.sql("SELECT rolname FROM pg_roles ORDER BY 1"), before);
        site.assert_way_back();
        assert!(workspace.state(ADDRESS).is_none());
    });
}
