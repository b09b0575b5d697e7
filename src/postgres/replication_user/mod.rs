//! A replication user: membership in `rds_iam`, the right to replicate, and perhaps the role itself.
//!
//! Each operation is one transaction: it waits for others who work on the same role, reads the
//! catalog, decides, runs what is needed, reads back, and commits.

mod affected;
mod apply;
mod ask;
mod at_risk;
mod attribute;
mod auth_requirement;
mod decide;
mod desired;
mod drop;
mod expected_auth;
mod message;
mod newcomers;
mod probation;
mod refuse;
mod retry;
mod revoke;
mod revoke_statements;
mod undo;
mod verdict;

pub use self::{
    apply::apply,
    auth_requirement::{AuthRequirement, Evidence},
    desired::{Desired, Outcome},
    drop::drop_role,
    expected_auth::{AuthMethod, ExpectedAuth},
    revoke::{RemainingMemberships, Revocation, revoke},
};
