//! What the levels share: the stand-in, the CLI, and SQL behind everybody's back.

pub mod cli;
pub mod fixture;
#[cfg(target_os = "linux")]
pub mod gpg;
pub mod grant;
pub mod kind;
pub mod login;
pub mod majors;
pub mod moto;
pub mod pgbouncer;
pub mod pooler;
pub mod port;
pub mod process;
pub mod proxy;
pub mod publication;
#[cfg(target_os = "linux")]
pub mod registry;
pub mod relay;
pub mod slot;
pub mod stand_in;
pub mod tls;
pub mod user;

pub use cli::{Ability, Workspace};
pub use kind::Kind;
pub(crate) use majors::on_both_sides_of_16;
pub use majors::{any_major, before_16, from_16};
pub use pgbouncer::Pgbouncer;
pub use pooler::Pooler;
pub use proxy::Proxy;
pub use stand_in::{PARAMETER, StandIn};
pub use tls::TlsFront;

/// Waits until something is so, for at most half a minute.
#[track_caller]
pub fn eventually(what: &str, holds: impl FnMut() -> bool) {
    within(30, what, holds);
}

/// Waits until something is so, for at most so many seconds.
#[track_caller]
pub fn within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < seconds, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
