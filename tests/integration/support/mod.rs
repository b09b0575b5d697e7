//! What the levels share: the stand-in, the CLI, and SQL behind everybody's back.

pub mod cli;
#[path = "../../../crates/tfplugin/tests/transport/example.rs"]
pub mod example;
pub mod fixture;
pub mod kind;
pub mod majors;
pub mod moto;
pub mod proxy;
pub mod relay;
pub mod stand_in;
pub mod tls;
pub mod user;

pub use cli::{Ability, Workspace};
pub use kind::Kind;
pub(crate) use majors::on_both_sides_of_16;
pub use majors::{any_major, before_16, from_16};
pub use proxy::Proxy;
pub use relay::Relay;
pub use stand_in::{PARAMETER, StandIn};
pub use tls::TlsFront;

/// Waits until something is so, for at most half a minute.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 30, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
