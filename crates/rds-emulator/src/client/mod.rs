//! Clients for scripts and tests: of the control endpoint, and of logical replication.

mod control;
mod pgoutput;
mod replication;

pub use control::{Error as ControlError, control};
pub use replication::{Connection, Demand, Error, probe};
