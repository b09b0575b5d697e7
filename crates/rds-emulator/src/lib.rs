//! A local stand-in for Aurora PostgreSQL and RDS for PostgreSQL: the RDS API with real
//! signatures, and real PostgreSQL behind a gate that authenticates as RDS does.
//!
//! Suggested reading order: [`model`] is the state of the pretended AWS account and its state
//! machine; [`api`] answers AWS calls from it; [`control`] scripts faults and counts calls;
//! [`postgres`] runs servers; [`gate`] stands in front of them; [`Emulator`] puts all together. A
//! [`relay`] is a network in front of a gate that goes wrong when it is told to.

pub mod api;
pub mod ca;
pub mod client;
pub mod clock;
mod connection_file;
pub mod control;
mod emulator;
mod error;
pub mod gate;
pub mod majors;
pub mod messages;
pub mod model;
mod options;
pub mod postgres;
pub mod relay;
mod running;
pub mod secret;
mod signature;

pub use connection_file::{Cluster, ConnectionFile};
pub use emulator::Emulator;
pub use error::Error;
pub use options::Options;
