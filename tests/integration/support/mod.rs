//! What the levels share: the stand-in, the CLI, and SQL behind everybody's back.

pub mod cli;
pub mod kind;
pub mod moto;
pub mod relay;
pub mod stand_in;

pub use cli::Workspace;
pub use kind::Kind;
pub use relay::Relay;
pub use stand_in::{PARAMETER, StandIn};

/// Waits until something is so, for at most half a minute.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 30, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
