//! A server that is away for some seconds while users are created: nobody is failed by that.

use std::thread;

use rds_emulator::relay::{Cut, Effect, Fault, Phase, Relay};
use rstest_reuse::apply;
use serde_json::json;

use super::{Scale, created_users, drop_users, granted, provider_through, scale, workspace};
use crate::support::{StandIn, on_both_sides_of_16, process::Started, within};

/// How a server is away.
#[derive(Clone, Copy, Debug)]
enum Away {
    /// It fails over: connections are closed, and taken and closed until it is back.
    FailsOver,
    /// Its host refuses connections, and resets those that there are.
    Refuses,
    /// It says that it shuts down to whoever commits, and that it starts up to whoever comes.
    StartsUp,
    /// Nothing of what was said arrives, and new connections get no answer.
    Silent,
}

impl Away {
    /// Takes the server away for as long as the outage lasts.
    fn happen(self, stand_in: &StandIn, relay: &Relay, Scale { lasts, .. }: Scale) {
        match self {
            Self::FailsOver => {
                let seconds = json!({"apply_seconds": lasts.as_secs_f64()});
                stand_in.control("POST", "/clusters/orders/settings", &seconds);
                stand_in.control("POST", "/clusters/orders/failover", &json!({}));
            }
            Self::Refuses => {
                relay.refuse();
                relay.cut(Cut::Reset);
                thread::sleep(lasts);
                relay.listen();
            }
            Self::StartsUp => {
                relay.add(Fault::at(Phase::Commit, Effect::Fatal("57P01")));
                relay.add(Fault::at(Phase::StartUp, Effect::Fatal("57P03")));
                thread::sleep(lasts);
                relay.forget_faults();
            }
            Self::Silent => {
                relay.freeze();
                thread::sleep(lasts);
                relay.thaw();
            }
        }
    }
}

/// Creates users, and takes the server away once a quarter of them is there.
fn create_while(away: Away, major: u16) {
    let stand_in = StandIn::not_counting_creators(major);
    let relay = stand_in.relay();
    let scale = scale();
    for round in 0..scale.rounds {
        eprintln!("{away:?}, round {round}");
        let workspace = workspace(
            &stand_in,
            &provider_through(&stand_in, &relay, ""),
            &created_users(scale.users),
        );
        let cli = Started::new(&mut workspace.command(&["apply", "-auto-approve"]));
        within(60, "the first users", || {
            granted(&stand_in) >= scale.users / 4
        });
        away.happen(&stand_in, &relay, scale);
        let output = cli.output(300);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{away:?}, round {round}: {told}");
        assert_eq!(granted(&stand_in), scale.users);
        workspace.plan().empty();
        drop_users(&stand_in, scale.users);
    }
}

#[apply(on_both_sides_of_16)]
fn server_that_fails_over_fails_no_create(major: u16) {
    create_while(Away::FailsOver, major);
}

#[apply(on_both_sides_of_16)]
fn server_that_refuses_connections_for_a_while_fails_no_create(major: u16) {
    create_while(Away::Refuses, major);
}

#[apply(on_both_sides_of_16)]
fn server_that_shuts_down_and_starts_up_fails_no_create(major: u16) {
    create_while(Away::StartsUp, major);
}

#[apply(on_both_sides_of_16)]
fn network_that_is_silent_for_a_while_fails_no_create(major: u16) {
    create_while(Away::Silent, major);
}
