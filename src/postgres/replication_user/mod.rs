//! A replication user: membership in `rds_iam`, the right to replicate, and perhaps the role itself.
//!
//! Each operation is one transaction: it waits for others who work on the same role, reads the
//! catalogue, decides, runs what is needed, reads back, and commits.

mod apply;
mod ask;
mod at_risk;
mod attribute;
mod decide;
mod drop;
mod message;
mod probation;
mod proof;
mod required;
mod retry;
mod revocations;
mod revoke;
mod undo;
mod verdict;

pub use self::{
    apply::apply,
    decide::{Desired, Outcome},
    drop::drop_role,
    proof::{Implication, Method},
    required::{KnownBy, Required},
    revoke::{Left, Revoke, revoke},
};
