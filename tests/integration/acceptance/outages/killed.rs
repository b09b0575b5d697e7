//! Killing a provider in the midst of a transaction.

use std::time::Duration;

use rds_emulator::relay::{Cut, Effect, Fault, Phase, Relay};

use crate::support::{
    Workspace, eventually,
    process::{Started, send},
};

/// Longer than any run.
const FOREVER: Effect = Effect::Delay(Duration::from_secs(600));
/// Long enough to say what comes after.
const MOMENT: Effect = Effect::Delay(Duration::from_millis(300));

/// Where a provider is killed: when its COMMIT is there and the server does not have it, and when the server has
/// committed and its answer is not there. Whatever comes before is like the former.
pub const MOMENTS: [Phase; 2] = [Phase::Commit, Phase::Committed];

/// Plans and applies, and kills the provider at a moment of the transaction that has this statement.
pub fn apply_killed(
    workspace: &Workspace,
    relay: &Relay,
    planned: &[&str],
    statement: &'static str,
    moment: Phase,
) {
    let plan: Vec<&str> = ["plan", "-out=planned"]
        .iter()
        .chain(planned)
        .copied()
        .collect();
    workspace.run(&plan).success();
    let before = relay.hits();
    let come = |count| relay.hits() >= before + count;
    relay.add(Fault::at(Phase::Statement(statement), MOMENT).times(1));
    let cli = Started::new(&mut workspace.command(&["apply", "planned"]));
    eventually("the statement", || come(1));
    relay.add(Fault::at(moment, FOREVER).times(1));
    eventually("the commit", || come(2));
    for process in cli.providers() {
        send("KILL", process);
    }
    assert!(!cli.output(60).status.success());
    relay.forget_faults();
    // The server sees its client leave.
    relay.cut(Cut::Close);
}
