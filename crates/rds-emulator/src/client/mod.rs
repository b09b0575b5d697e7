//! Clients for scripts and tests: of the control endpoint, of SQL, and of logical replication.

mod control;
mod pgoutput;
mod replication;
mod sql;
mod traffic;

pub use control::{Error as ControlError, control};
pub use pgoutput::{Change, Operation};
pub use replication::{AuthRequest, Connection, Error, probe};
pub use sql::{Row, SqlClient, sql};
pub use traffic::Traffic;
